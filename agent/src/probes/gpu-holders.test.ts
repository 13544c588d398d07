import { beforeEach, describe, expect, it } from "vitest";
import type { DriverProcess } from "./support/gpu/driver-reading.ts";
import { GpuMachine, idleCard, one, two } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading } from "./test-support/gpus.ts";
import { factsAt } from "./test-support/payload-view.ts";
import { denied } from "./test-support/tree-host.ts";

let machine: GpuMachine;

beforeEach(() => {
  machine = new GpuMachine();
  machine.answer = (addresses) => driverReading(addresses.map((pciAddress) => ({ ...idleCard, pciAddress })));
});

describe("feature 52: who keeps a GPU awake or busy", () => {
  it("names those who have its device files open, and only its own", async () => {
    addGpu(machine.host, one, { drm: ["card1", "renderD129"] });
    addGpu(machine.host, two, { minor: 1, drm: ["card2", "renderD130"] });
    machine.addProcess(77, "ollama", "/system.slice/ollama.service");
    machine.addProcess(78, "Xorg", "/user.slice/user-1000.slice/session-2.scope");
    machine.host.holders = [
      { pid: 77, path: "/dev/nvidia0" },
      { pid: 77, path: "/dev/nvidiactl" },
      { pid: 78, path: "/dev/dri/card2" },
      { pid: 79, path: "/dev/nvidia-uvm" },
    ];
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toMatchObject({
      sleep: { holderCount: 1, holders: [{ pidNumber: 77, processName: "ollama", unit: "ollama.service" }] },
    });
    expect(factsAt(payload, "gpu", two)).toMatchObject({ sleep: { holders: [{ pidNumber: 78, processName: "Xorg" }] } });
  });

  it("names who has the only one open though it was never seen awake, and of two does not guess", async () => {
    addGpu(machine.host, one, { status: "suspended" });
    machine.addProcess(78, "Xorg", "/user.slice/user-1000.slice/session-2.scope");
    machine.host.holders = [{ pid: 78, path: "/dev/nvidia1" }];
    const alone = factsAt(await machine.found(), "gpu", one);
    addGpu(machine.host, two, { status: "suspended", minor: 1 });
    const beside = factsAt(await machine.found(), "gpu", one);
    machine.host.holders = [];
    const unused = factsAt(await machine.found(), "gpu", one);

    expect(alone).toMatchObject({ sleep: { holderCount: 1, holders: [{ processName: "Xorg" }] } });
    expect(JSON.stringify(beside)).not.toContain("holder");
    expect(unused).toMatchObject({ sleep: { holderCount: 0 } });
  });

  it("says why it cannot sleep", async () => {
    addGpu(machine.host, one, { runtimeD3: "Disabled by default", control: "on" });
    addGpu(machine.host, two, { control: "on", runtimeD3: "?" });
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toMatchObject({
      sleep: { isPossible: false, impossibleBecause: `NVIDIA's driver does not let it: runtime D3 is "Disabled by default".` },
    });
    expect(factsAt(payload, "gpu", two)).toMatchObject({
      sleep: { isPossible: false, impossibleBecause: 'The kernel may not suspend it: power/control is "on".' },
    });
  });

  it("reads a resting GPU at once when somebody begins or ceases to use it, and repeats its users while nothing changes", async () => {
    addGpu(machine.host, one);
    const game = { pid: 500, memoryBytes: 9e9, isCompute: false, isGraphics: true };
    await machine.found();
    machine.addProcess(500, "Game.exe", "/user.slice/app-steam-1.scope");
    machine.host.holders = [{ pid: 500, path: "/dev/nvidia0" }];
    machine.answer = () => driverReading([{ ...idleCard, processes: [game] }]);
    machine.pass(15_000);
    await machine.found();
    machine.pass(15_000);
    const resting = await machine.found();
    machine.host.holders = [];
    machine.answer = () => driverReading([idleCard]);
    const after = await machine.found();

    expect(machine.asked).toHaveLength(3);
    expect(factsAt(resting, "gpu_process", `${one} 500`)).toMatchObject({ purpose: "game", owner: { processName: "Game.exe" } });
    expect(after.subjects.filter(({ kind }) => kind === "gpu_process")).toEqual([]);
  });

  it("does not repeat a user of before the last reading, where nobody can tell whether the list is whole", async () => {
    addGpu(machine.host, one);
    machine.host.remove("/proc/2");
    const user = (pid: number): DriverProcess => ({ pid, memoryBytes: 1e9, isCompute: true, isGraphics: false });
    for (const [index, pid] of [500, 600].entries()) {
      machine.host.holders = [{ pid, path: "/dev/nvidia0" }];
      machine.answer = () => driverReading([{ ...idleCard, processes: [user(pid)] }], { seesAllProcesses: false });
      machine.pass(15_000);
      await machine.found();
      expect(machine.asked).toHaveLength(index + 1);
    }
    machine.pass(15_000);
    const resting = await machine.found();

    expect(machine.asked).toHaveLength(2);
    expect(resting.subjects.filter(({ kind }) => kind === "gpu_process").map(({ id }) => id)).toEqual([`${one} 600`]);
    expect(resting.lists.find(({ kind }) => kind === "gpu_process")).toMatchObject({ isComplete: false });
  });

  it("says that it does not know who, where it may not look", async () => {
    addGpu(machine.host, one);
    addGpu(machine.host, two, { pciId: "8086:9A49", driver: "i915", drm: ["card0"] });
    machine.host.fileHolders = async () => {
      throw denied("/proc");
    };
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toMatchObject({ sleep: { isPossible: true } });
    expect(JSON.stringify(factsAt(payload, "gpu", one))).not.toContain("holder");
    expect(payload.lists.find(({ kind }) => kind === "gpu_process")).toMatchObject({
      ...{ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } },
    });
  });
});
