import { GpuPower } from "@nodekeeper/proto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { GpuMachine, idleCard, one, two, workingCard } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading, gpuPath, removeGpu, setStatus } from "./test-support/gpus.ts";
import { factsAt, samplesAt, subjectAt } from "./test-support/payload-view.ts";

const runEveryMs = 15_000;

let machine: GpuMachine;

beforeEach(() => {
  machine = new GpuMachine();
  machine.answer = (addresses) => driverReading(addresses.map((pciAddress) => ({ ...idleCard, pciAddress })));
});

function powerOf(payload: Payload, id: string): GpuPower | undefined {
  const { value } = subjectAt(payload, "gpu", id);
  return value.case === "gpu" ? value.value.power : undefined;
}

/** Runs the probe for so long, every 15 seconds. `between` plays what the machine does meanwhile, second by second. */
async function runFor(durationMs: number, between: () => void = () => undefined): Promise<Payload> {
  let payload = await machine.found();
  for (let ms = 1_000; ms <= durationMs; ms += 1_000) {
    machine.pass(1_000);
    between();
    if (ms % runEveryMs === 0) payload = await machine.found();
  }
  return payload;
}

describe("feature 50: an idle GPU stand-in that counts its readings reaches its suspend window", () => {
  it.each([6, 21, 45])("which is %d seconds after it was last read", async (windowSeconds) => {
    addGpu(machine.host, one);
    let readAtMs = 0;
    machine.answer = () => {
      if (powerIsOff()) throw new Error("a sleeping GPU was woken");
      readAtMs = machine.host.clock.wallMs;
      return driverReading([idleCard]);
    };
    const powerIsOff = (): boolean => machine.host.entries.get(`${gpuPath(one)}/power/runtime_status`) === "suspended\n";

    const payload = await runFor(3_600_000, () => {
      if (machine.host.clock.wallMs - readAtMs >= windowSeconds * 1_000) setStatus(machine.host, one, "suspended");
    });

    expect(machine.asked).toHaveLength(1);
    expect(powerOf(payload, one)).toBe(GpuPower.ASLEEP);
    expect(subjectAt(payload, "gpu_status", one).readAtUnixMs).toBe(BigInt(readAtMs));
  });

  it("is read every 60 seconds at most while it does nothing, and in every run while it works", async () => {
    addGpu(machine.host, one);
    await runFor(600_000);
    const whileIdle = machine.asked.length;
    machine.answer = () => driverReading([workingCard]);
    await runFor(600_000);

    expect(whileIdle).toBe(11);
    expect(machine.asked.length - whileIdle).toBeGreaterThanOrEqual(37);
  });

  it("is given its driver's own delay where that is longer", async () => {
    addGpu(machine.host, one, { files: { "power/autosuspend_delay_ms": "120000\n" } });
    await runFor(600_000);

    expect(machine.asked).toHaveLength(5);
  });

  it.each([
    ["the kernel may not suspend it", { control: "on" }],
    ["its driver does not let it", { runtimeD3: "Not supported" }],
    ["its driver was not told to", { runtimeD3: "Disabled by default" }],
  ])("is read in every run where it cannot sleep anyway and somebody has it open, else once a minute: %s", async (_, options) => {
    addGpu(machine.host, one, options);
    await runFor(150_000);
    const whileNobodyHasIt = machine.asked.length;
    machine.host.holders = [{ pid: 78, path: "/dev/nvidia0" }];
    machine.pass(15_000);
    await runFor(150_000);

    expect(whileNobodyHasIt).toBe(3);
    expect(machine.asked.length - whileNobodyHasIt).toBe(11);
  });

  it("is read once for what its driver says of it only by waking it, and not while it sleeps", async () => {
    const read: string[] = [];
    const { readText } = machine.host;
    machine.host.readText = async (path: string): Promise<string> => {
      if (path.endsWith("/information")) read.push(path);
      return readText.call(machine.host, path);
    };
    addGpu(machine.host, one, { status: "suspended" });
    await runFor(60_000);
    const whileAsleep = [...read];
    setStatus(machine.host, one, "active");
    await runFor(600_000);
    setStatus(machine.host, one, "suspended");
    await runFor(60_000);

    expect(whileAsleep).toEqual([]);
    expect(read).toEqual([`/proc/driver/nvidia/gpus/${one}/information`]);
  });

  it("is read anew for that when its driver has let it go and taken it again", async () => {
    addGpu(machine.host, one, { model: "NVIDIA A" });
    await machine.found();
    machine.host.remove("/proc/driver/nvidia/gpus");
    await machine.found();
    addGpu(machine.host, one, { model: "NVIDIA B" });

    expect(factsAt(await machine.found(), "gpu", one)).toMatchObject({ productName: "NVIDIA B" });
  });

  it.each([
    "config",
    "current_link_speed",
    "current_link_width",
    "max_link_speed",
    "max_link_width",
    "gpu_busy_percent",
    "hwmon/hwmon0/temp1_input",
  ])("never has its file %s read while it sleeps", async (name) => {
    const read: string[] = [];
    const { readText } = machine.host;
    machine.host.readText = async (path: string): Promise<string> => {
      read.push(path);
      return readText.call(machine.host, path);
    };
    addGpu(machine.host, one, { status: "suspended" });
    addGpu(machine.host, two, { status: "suspending", pciId: "1002:73BF", driver: "amdgpu", files: { [name]: "0\n" } });
    const payload = await runFor(60_000);

    expect(read.filter((path) => path.endsWith(`/${name}`))).toEqual([]);
    expect([powerOf(payload, one), powerOf(payload, two)]).toEqual([GpuPower.ASLEEP, GpuPower.ASLEEP]);
    expect(machine.asked).toEqual([]);
  });

  it("reads the one that works, and leaves the one beside it asleep", async () => {
    addGpu(machine.host, one);
    addGpu(machine.host, two, { minor: 1, status: "suspended" });
    machine.answer = (addresses) => driverReading(addresses.map((pciAddress) => ({ ...workingCard, pciAddress })));
    const payload = await runFor(60_000);

    expect(machine.asked).toEqual(Array.from({ length: 5 }, () => [one]));
    expect(samplesAt(payload, "gpu_status", one)).toMatchObject({ utilization_percent: 40 });
    expect(powerOf(payload, two)).toBe(GpuPower.ASLEEP);
    expect(factsAt(payload, "gpu_status", two)).toEqual({});
    expect(payload.lists.every(({ isComplete }) => isComplete)).toBe(true);
  });

  it("is not asked where the kernel failed to wake it", async () => {
    addGpu(machine.host, one, { status: "error" });
    const payload = await machine.found();

    expect(machine.asked).toEqual([]);
    expect(powerOf(payload, one)).toBe(GpuPower.UNSPECIFIED);
    expect(factsAt(payload, "gpu_status", one)).toMatch(/^GPU_READ_FAILED: .*the kernel says "error" of its power/);
  });

  it("is left asleep where it fell asleep while its users were looked for", async () => {
    addGpu(machine.host, one);
    machine.host.fileHolders = async () => {
      setStatus(machine.host, one, "suspended");
      return [];
    };
    const payload = await machine.found();

    expect(machine.asked).toEqual([]);
    expect(powerOf(payload, one)).toBe(GpuPower.ASLEEP);
  });

  it("is asked at once when the kernel complains about it, if it is awake", async () => {
    addGpu(machine.host, one);
    await machine.found();
    machine.pass(5_000);
    await machine.found(new Set([one]));
    setStatus(machine.host, one, "suspended");
    await machine.found(new Set([one]));

    expect(machine.asked).toHaveLength(2);
  });
});

describe("feature 51: state asleep, with what waking would cost, instead of 0 or nothing", () => {
  it("says the last reading with its time, and no numbers of now", async () => {
    addGpu(machine.host, one);
    await machine.found();
    const readAtMs = machine.host.clock.wallMs;
    machine.pass(30_000);
    addGpu(machine.host, one, { status: "suspended", videoMemory: "Off" });
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_status", one)).toMatchObject({ uuid: "GPU-1b2c", memoryTotalBytes: "17094934528" });
    expect(subjectAt(payload, "gpu_status", one).readAtUnixMs).toBe(BigInt(readAtMs));
    expect(samplesAt(payload, "gpu_status", one)).toEqual({});
    expect(factsAt(payload, "gpu", one)).toMatchObject({
      power: "GPU_POWER_ASLEEP",
      productName: "NVIDIA GeForce RTX 5070 Ti",
      pcieLink: { address: one, isSuspended: true },
      sleep: {
        ...{ isPossible: true, pciPowerState: "D3cold", videoMemoryState: "Off", holderCount: 0 },
        wakeCost:
          "Waking it brings the card out of D3cold and its video memory, which is off, back to life; laptops were measured to draw 20 to 25 W more until it sleeps again, some seconds after its last use.",
      },
    });
  });

  it("says what is known of one that slept before it was ever read", async () => {
    addGpu(machine.host, one, { status: "suspended" });
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_status", one)).toEqual({});
    expect(subjectAt(payload, "gpu_status", one).readAtUnixMs).toBeUndefined();
  });

  it("keeps the link of one that rests as it was read", async () => {
    addGpu(machine.host, one);
    const first = factsAt(await machine.found(), "gpu", one);
    machine.pass(15_000);

    expect(factsAt(await machine.found(), "gpu", one)).toEqual(first);
    expect(machine.asked).toHaveLength(1);
  });

  it("says nothing of a sleeping card that was pulled out", async () => {
    addGpu(machine.host, one, { status: "suspended" });
    await machine.found();
    removeGpu(machine.host, one);
    machine.host.remove("/proc/driver/nvidia");

    expect(await machine.run()).toBeUndefined();
  });
});
