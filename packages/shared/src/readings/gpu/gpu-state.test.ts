import { describe, expect, it } from "vitest";
import { type GpuMachineInit, gpuId, gpuMachine, gpuMachineNowMs } from "../../test-support/gpu-machine.ts";
import { gpuStates } from "./gpu-state.ts";

const minuteMs = 60_000;
const before = (ms: number): string => new Date(gpuMachineNowMs - ms).toISOString();

function state(init: GpuMachineInit) {
  const [first] = gpuStates(gpuMachine(init), gpuMachineNowMs);
  if (first === undefined) throw new Error("there is no GPU");
  return first;
}

function failed(code: string): GpuMachineInit {
  return { gpus: [{ status: { outcome: "failed", failure: { code, message: "nvmlInit: 18." } } }] };
}

describe("feature 54: the verdict whether a GPU is available", () => {
  it("is free, with what is left and what Ollama keeps loaded", () => {
    expect(state({})).toMatchObject({ id: gpuId, name: "RTX 5070 Ti", verdict: "free", text: "15.5 GiB of 15.5 GiB are free" });
    const kept = { processes: [{ pid: 1, gib: 9 }], loaded: [{ name: "qwen2.5:14b", sizeGib: 9, vramGib: 9 }] };
    expect(state(kept)).toMatchObject({ verdict: "free", text: "6.5 GiB of 15.5 GiB are free; Ollama holds qwen2.5:14b" });
  });

  it("is busy with whoever is on it", () => {
    const working = {
      gpus: [{ samples: { utilization_percent: 97 } }],
      processes: [
        { pid: 1, gib: 9 },
        { pid: 2, name: "Xorg", purpose: "desktop", gib: 0.5 },
      ],
      loaded: [{ name: "qwen2.5:14b", sizeGib: 9, vramGib: 9 }],
    };

    expect(state(working)).toMatchObject({
      verdict: "busy",
      text: "busy at 97 % by Ollama with qwen2.5:14b or Xorg (desktop, 512 MiB); 6.0 GiB of 15.5 GiB are free",
    });
  });

  it("is taken by a game, which is named with what it holds; a desktop alone takes nothing", () => {
    const game = { pid: 3, name: "Cyberpunk2077.exe", purpose: "game", gib: 9.8 };
    const desktop = { pid: 2, name: "Xorg", purpose: "desktop", gib: 0.8 };

    expect(state({ processes: [desktop, game] })).toMatchObject({
      verdict: "taken",
      text: "taken by Cyberpunk2077.exe (game, 9.8 GiB), Xorg (desktop, 819 MiB); 4.9 GiB of 15.5 GiB are free",
    });
    expect(state({ processes: [desktop] }).verdict).toBe("free");
  });

  it("is taken by somebody where the driver names nobody and much more is in use than Ollama claims", () => {
    const amd = { value: { vendor: "amd", driver: "amdgpu" }, samples: { memory_used_bytes: 12e9, memory_free_bytes: 4e9 } };
    const unnamed = { gpus: [amd], incomplete: ["gpu_process"] };

    expect(state(unnamed).verdict).toBe("taken");
    expect(state({ ...unnamed, loaded: [{ name: "a", sizeGib: 11, vramGib: 11 }] }).verdict).toBe("free");
    expect(state({ gpus: [amd], processes: [{ pid: 1, name: "game.exe", purpose: "game" }] }).text).toBe(
      "taken by others than Ollama (11.2 GiB), game.exe (game) among them; 3.7 GiB of 15.5 GiB are free",
    );
  });

  it("is asleep, with the age of what is known and what waking costs, and not zero", () => {
    const asleep = {
      value: { power: "asleep", sleep: { wakeCost: "Waking it takes about a second and 20 W." } },
      status: { readAt: before(3 * 60 * minuteMs) },
    };

    expect(state({ gpus: [asleep] })).toMatchObject({
      verdict: "asleep",
      text: "asleep, last read 3 h ago",
      wakeCost: "Waking it takes about a second and 20 W.",
      readAt: "2026-11-22T09:00:00.000Z",
    });
    expect(state({ gpus: [{ ...asleep, status: null }] }).text).toContain("it was never seen awake");
  });

  it("has no last reading where it has slept since the agent was started: its status says nothing then", () => {
    const { subjects, lists } = gpuMachine({ gpus: [{ value: { power: "asleep" } }] });
    const untold = subjects.map((subject) => (subject.kind === "gpu_status" ? { ...subject, value: {}, samples: {} } : subject));
    const [told] = gpuStates({ lists, subjects: untold }, gpuMachineNowMs);

    expect(told).toMatchObject({ verdict: "asleep", text: "asleep, it was never seen awake" });
    expect(told).not.toHaveProperty("readAt");
  });

  it.each([
    ["GPU_DRIVER_MISSING", "unavailable", "driver-missing"],
    ["GPU_DRIVER_MISMATCH", "unavailable", "driver-mismatch"],
    ["GPU_LOST", "unavailable", "lost"],
    ["GPU_PERMISSION_DENIED", "unknown", "permission-denied"],
    ["GPU_READ_FAILED", "unknown", undefined],
  ])("of one whose driver failed with %s is %s", (code, verdict, problem) => {
    const found = state(failed(code));

    expect([found.verdict, found.problem]).toEqual([verdict, problem]);
  });

  describe("by what bus and driver say together", () => {
    const failure = (code: string) => ({ outcome: "failed", failure: { code, message: "it failed." } }) as const;
    const stale = { freshness: "stale" } as const;
    const devices = {
      awake: {},
      asleep: { value: { power: "asleep" } },
      "not readable": { device: failure("HOST_READ_FAILED") },
      lost: { device: failure("GPU_LOST") },
      gone: { device: { outcome: "absent" } },
      silent: { device: stale },
    } as const;
    const statuses = [{}, stale, failure("GPU_DRIVER_MISSING"), failure("GPU_LOST"), failure("GPU_READ_FAILED"), null] as const;

    it.each<[keyof typeof devices, readonly string[]]>([
      // The driver: answers, is silent, is missing, has lost it, could not say, says nothing of it.
      ["awake", ["free", "unknown", "unavailable", "unavailable", "unknown", "unknown"]],
      ["asleep", ["asleep", "asleep", "unavailable", "unavailable", "asleep", "asleep"]],
      ["not readable", ["unknown", "unknown", "unknown", "unknown", "unknown", "unknown"]],
      ["lost", Array<string>(6).fill("unavailable")],
      ["gone", Array<string>(6).fill("unavailable")],
      ["silent", Array<string>(6).fill("unknown")],
    ])("of one that is %s", (device, expected) => {
      expect(statuses.map((status) => state({ gpus: [{ ...devices[device], status }] }).verdict)).toEqual(expected);
    });
  });

  it("is unavailable without a driver also while it sleeps: waking it would not help", () => {
    const missing = { outcome: "failed", failure: { code: "GPU_DRIVER_MISSING", message: "it has no driver." } } as const;

    expect(state({ gpus: [{ value: { power: "asleep", driver: "nouveau" }, status: missing }] })).toMatchObject({
      verdict: "unavailable",
      problem: "driver-missing",
    });
  });

  it("is set aside, and no trouble, where it is held for a virtual machine", () => {
    const missing = { outcome: "failed", failure: { code: "GPU_DRIVER_MISSING", message: "it is set aside." } } as const;
    const lent = state({ gpus: [{ value: { driver: "vfio-pci" }, status: missing }] });

    expect(lent).toMatchObject({ verdict: "unavailable", text: "it is set aside for a virtual machine" });
    expect(lent).not.toHaveProperty("problem");
  });

  it("is that it only draws, of the adapter of a server, with or without a driver", () => {
    for (const driver of ["ast", ""]) {
      expect(state({ gpus: [{ value: { vendor: "other", driver, isIntegrated: undefined }, status: null }] })).toMatchObject({
        verdict: "unknown",
        text: "it only draws: nobody tells what it does",
      });
    }
  });

  it("knows one that the bus has lost", () => {
    const lost = { outcome: "failed", failure: { code: "GPU_LOST", message: "it is not on the bus" } } as const;

    expect(state({ gpus: [{ device: lost, status: lost }] })).toMatchObject({ verdict: "unavailable", problem: "lost" });
  });

  it("is that it is gone only while a fresh list says so", () => {
    expect(state({ gpus: [{ device: { outcome: "absent" } }] })).toMatchObject({ verdict: "unavailable", problem: "gone" });
    expect(state({ gpus: [{ device: { outcome: "absent", freshness: "stale" } }] }).verdict).toBe("unknown");
  });

  it("is unknown where nothing was heard lately, or nothing is told", () => {
    const silent = { freshness: "stale", observedAt: before(10 * minuteMs) } as const;

    expect(state({ gpus: [{ device: silent }] }).text).toBe("nothing was heard of it for 10 min");
    expect(state({ gpus: [{ status: silent }] }).verdict).toBe("unknown");
    expect(state({ gpus: [{ status: null }] }).verdict).toBe("unknown");
    expect(state({ gpus: [{ status: null, value: { driver: "" } }] }).problem).toBe("driver-missing");
  });
});
