import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { GpuMachine, one, two, workingCard } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading, gpuPath, removeGpu } from "./test-support/gpus.ts";
import { factsAt, samplesAt, subjectAt } from "./test-support/payload-view.ts";
import { denied, ioError } from "./test-support/tree-host.ts";

let machine: GpuMachine;

beforeEach(() => {
  machine = new GpuMachine();
});

describe("feature 49: vanished from the bus, driver absent and failure of the agent are three things", () => {
  it("says that there is none where there is none", async () => {
    machine.host.add("/sys/bus/pci/devices", { "0000:00:00.0": { link: "/sys/devices/pci0000:00/0000:00:00.0" } });
    machine.host.add("/sys/devices/pci0000:00/0000:00:00.0", { class: "0x060000\n" });

    expect(await machine.run()).toBeUndefined();
    machine.host.remove("/sys/bus/pci/devices");
    expect(await machine.run()).toBeUndefined();
  });

  it("leaves a card that was pulled out of a complete list", async () => {
    addGpu(machine.host, one);
    addGpu(machine.host, two, { minor: 1 });
    machine.answer = () => driverReading([workingCard, { ...workingCard, pciAddress: two }]);
    await machine.run();
    removeGpu(machine.host, two);
    machine.host.remove(`/proc/driver/nvidia/gpus/${two}`);
    const payload = await machine.found();

    expect(payload.subjects.map(({ kind, id }) => `${kind} ${id}`)).toEqual([`gpu ${one}`, `gpu_status ${one}`]);
    expect(payload.lists.every(({ isComplete }) => isComplete)).toBe(true);
  });

  it("says lost of a card that the bus does not show while its driver still holds it", async () => {
    addGpu(machine.host, one);
    removeGpu(machine.host, one);
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toContain("GPU_LOST");
    expect(factsAt(payload, "gpu_status", one)).toMatch(/^GPU_LOST: the GPU 0000:01:00.0 is gone from the bus/);
    expect(payload.lists.map(({ isComplete }) => isComplete)).toEqual([true, true, false]);
  });

  it("says lost of one that answers with all ones", async () => {
    addGpu(machine.host, one, { pciId: "FFFF:FFFF", driver: "" });

    expect(factsAt(await machine.found(), "gpu_status", one)).toMatch(/^GPU_LOST: the GPU 0000:01:00.0 does not say who it is/);
  });

  it("says of an AMD card that none of its files can be read, and reads the one beside it", async () => {
    const hwmon = { "hwmon/hwmon0/temp1_input": "40000\n", gpu_busy_percent: "3\n" };
    for (const address of [one, two]) addGpu(machine.host, address, { pciId: "1002:73BF", driver: "amdgpu", files: hwmon });
    for (const name of Object.keys(hwmon)) machine.host.entries.set(`${gpuPath(one)}/${name}`, ioError(name));
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_status", one)).toMatch(/^GPU_READ_FAILED: cannot read the GPU 0000:01:00.0: /);
    expect(samplesAt(payload, "gpu_status", two)).toMatchObject({ temperature_celsius: 40, utilization_percent: 3 });
  });

  it.each([
    ["", /^GPU_DRIVER_MISSING: the GPU 0000:01:00.0 has no driver bound to it; install NVIDIA's driver/],
    ["nouveau", /^GPU_DRIVER_MISSING: .*is driven by nouveau, which does not tell its memory/],
    ["vfio-pci", /^GPU_DRIVER_MISSING: .*set aside for a virtual machine/],
  ])("says of one that is bound to %o that it is there, and why nothing else is known", async (driver, why) => {
    addGpu(machine.host, one, { driver });
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toMatchObject({ vendor: "nvidia", power: "GPU_POWER_AWAKE" });
    expect(factsAt(payload, "gpu_status", one)).toMatch(why);
    expect(machine.asked).toEqual([]);
  });

  it.each([
    [18, "GPU_DRIVER_MISMATCH"],
    [4, "GPU_PERMISSION_DENIED"],
    [9, "GPU_DRIVER_MISSING"],
    [12, "GPU_DRIVER_MISSING"],
    [999, "GPU_READ_FAILED"],
  ])("says of the driver's error %d that it is %s", async (nvmlReturn, code) => {
    addGpu(machine.host, one);
    machine.answer = () => driverReading([], { failure: { nvmlReturn, message: "in its own words" } });
    const payload = await machine.found();

    expect(subjectAt(payload, "gpu_status", one).failure?.code).toBe(code);
    expect(factsAt(payload, "gpu_status", one)).toContain("in its own words");
    expect(factsAt(payload, "gpu", one)).toMatchObject({ driver: "nvidia", power: "GPU_POWER_AWAKE" });
    expect(payload.lists.find(({ kind }) => kind === "gpu_process")).toMatchObject({ isComplete: false, failure: { code } });
  });

  it("says lost of one that the driver calls lost, and reads the other", async () => {
    addGpu(machine.host, one);
    addGpu(machine.host, two, { minor: 1 });
    machine.answer = () => driverReading([workingCard, { pciAddress: two, failure: { nvmlReturn: 15, message: "GPU is lost" } }]);
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_status", two)).toMatch(/^GPU_LOST: .*GPU is lost/);
    expect(factsAt(payload, "gpu_status", one)).toMatchObject({ uuid: "GPU-1b2c" });
  });

  it("says what kept it from asking", async () => {
    addGpu(machine.host, one);
    machine.answer = () => {
      throw new AppError("HOST_COMMAND_TIMEOUT", "the driver did not answer within 8 s");
    };

    expect(factsAt(await machine.found(), "gpu_status", one)).toBe("HOST_COMMAND_TIMEOUT: the driver did not answer within 8 s");
  });

  it.each([
    ["HOST_READ_FAILED", "no answer within 5 s"],
    ["HOST_QUARANTINED", "an earlier call there still hangs"],
  ] as const)("asks no driver that hangs over its own files (%s), and reads the card beside it", async (code, message) => {
    addGpu(machine.host, one);
    addGpu(machine.host, two, { pciId: "1002:73BF", driver: "amdgpu", files: { gpu_busy_percent: "3\n" } });
    const { readText } = machine.host;
    machine.host.readText = async (path: string): Promise<string> => {
      if (path.startsWith("/proc/driver/nvidia")) throw new AppError(code, message);
      return readText.call(machine.host, path);
    };
    const payload = await machine.found();

    expect(machine.asked).toEqual([]);
    expect(factsAt(payload, "gpu_status", one)).toMatch(new RegExp(`^GPU_READ_FAILED: .*its driver hangs \\(${message}\\)`));
    expect(samplesAt(payload, "gpu_status", two)).toMatchObject({ utilization_percent: 3 });
  });

  it("asks a driver whose files are only forbidden to us", async () => {
    addGpu(machine.host, one);
    machine.host.entries.set(`/proc/driver/nvidia/gpus/${one}/power`, denied("power"));

    expect(factsAt(await machine.found(), "gpu_status", one)).toMatchObject({ uuid: "GPU-1b2c" });
  });

  it("cannot tell what there is where the bus cannot be looked at, and says so", async () => {
    addGpu(machine.host, one);
    machine.host.entries.set("/sys/bus/pci/devices", denied("/sys/bus/pci/devices"));
    const { subjects, lists } = await machine.found();

    expect(subjects).toEqual([]);
    expect(lists.map(({ isComplete, failure }) => [isComplete, failure?.code])).toEqual(
      Array.from({ length: 3 }, () => [false, "HOST_PERMISSION_DENIED"]),
    );
  });

  it("keeps a card in its list whose neighbour's class cannot be read", async () => {
    addGpu(machine.host, one);
    addGpu(machine.host, two);
    machine.host.entries.set(`${gpuPath(two)}/class`, ioError("class"));
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_status", one)).toMatchObject({ uuid: "GPU-1b2c" });
    expect(payload.lists[0]).toMatchObject({ kind: "gpu", isComplete: false, failure: { code: "HOST_READ_FAILED" } });
  });
});

describe("feature 56: a GPU is read again by itself once its fault is gone", () => {
  it.each([
    ["its driver was missing", () => addGpu(machine.host, one, { driver: "" }), () => addGpu(machine.host, one), 15_000],
    [
      "its driver did not fit its library",
      () => {
        addGpu(machine.host, one);
        machine.answer = () => driverReading([], { failure: { nvmlReturn: 18, message: "mismatch" } });
      },
      () => {
        machine.answer = () => driverReading([workingCard]);
      },
      60_000,
    ],
    [
      "it had fallen off the bus",
      () => {
        addGpu(machine.host, one);
        removeGpu(machine.host, one);
      },
      () => addGpu(machine.host, one),
      60_000,
    ],
  ])("where %s", async (_, breakIt, mendIt, afterMs) => {
    breakIt();
    expect(subjectAt(await machine.found(), "gpu_status", one).failure?.code).toMatch(/^GPU_/);
    mendIt();
    machine.pass(afterMs);

    expect(factsAt(await machine.found(), "gpu_status", one)).toMatchObject({ uuid: "GPU-1b2c" });
  });

  it("does not ask a driver that failed again in every run, and goes on saying why", async () => {
    addGpu(machine.host, one, { control: "on" });
    machine.answer = () => driverReading([], { failure: { nvmlReturn: 999, message: "unknown" } });
    for (let seconds = 0; seconds < 300; seconds += 15) {
      expect(factsAt(await machine.found(), "gpu_status", one)).toContain("GPU_READ_FAILED");
      machine.pass(15_000);
    }

    expect(machine.asked).toHaveLength(5);
  });
});
