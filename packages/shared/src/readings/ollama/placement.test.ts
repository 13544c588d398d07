import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../../api/node.ts";
import { type GpuMachineInit, gpuMachine, gpuMachineNowMs } from "../../test-support/gpu-machine.ts";
import { placements } from "./placement.ts";

const at = (seconds: number): string => new Date(gpuMachineNowMs + seconds * 1_000).toISOString();
const readAt = (seconds: number): Partial<SubjectBody> => ({ readAt: at(seconds), observedAt: at(seconds) });
const loaded = { name: "qwen2.5:14b", sizeGib: 9, vramGib: 9 };

function placed(init: GpuMachineInit): readonly string[] {
  return placements(gpuMachine(init)).map(({ model, placement }) => `${model} ${placement}`);
}

function only(init: GpuMachineInit) {
  const [first, ...others] = placements(gpuMachine({ loaded: [loaded], ...init }));
  if (first === undefined || others.length > 0) throw new Error("not one model");
  return first;
}

describe("feature 53: Ollama on the CPU while it claims the GPU", () => {
  it("is told of a model that no process of Ollama holds", () => {
    expect(only({})).toMatchObject({
      placement: "cpu-fallback",
      driverBytes: 0,
      text: "on the CPU, though Ollama claims 9.0 GiB of the GPU: its driver knows nothing of that",
    });
  });

  it("is told where only others hold the GPU, and where Ollama's process holds next to nothing", () => {
    expect(only({ processes: [{ pid: 1, name: "game.exe", purpose: "game", gib: 12 }] }).placement).toBe("cpu-fallback");
    expect(only({ processes: [{ pid: 1, gib: 0.3 }] }).placement).toBe("cpu-fallback");
  });

  it("is not told of a model that the driver sees, in whole or in part, under any name of Ollama's", () => {
    expect(only({ processes: [{ pid: 1, gib: 9.4 }] })).toMatchObject({
      placement: "gpu",
      text: "on the GPU; the driver sees 9.4 GiB of it",
    });
    const half = { loaded: [{ name: "big", sizeGib: 20, vramGib: 12 }], processes: [{ pid: 1, gib: 12.5 }] };
    expect(only(half)).toMatchObject({ placement: "partly", text: "60 % on the GPU; the driver sees 12.5 GiB of it" });
    const runner = { pid: 1, name: "llama-server", purpose: "other", gib: 9, owner: { unit: "ollama.service" } };
    expect(only({ processes: [runner] }).placement).toBe("gpu");
    const terminal = { ...runner, owner: { unit: "user@1000.service" } };
    expect(only({ processes: [terminal] }).placement).toBe("cpu-fallback");
  });

  it("adds up what a model has on several GPUs", () => {
    const two = { gpus: [{}, { id: "0000:02:00.0" }], loaded: [{ name: "big", sizeGib: 20, vramGib: 20 }] };
    const halves = [
      { pid: 7, gib: 10 },
      { pid: 7, gib: 10, gpu: "0000:02:00.0" },
    ];

    expect(only({ ...two, processes: halves }).placement).toBe("gpu");
  });

  it("is told though Ollama has an integrated GPU open, of which nobody knows who holds what", () => {
    const integrated = { id: "0000:e5:00.0", value: { isIntegrated: true, vendor: "amd" } };

    expect(only({ gpus: [{}, integrated], processes: [{ pid: 1, gpu: "0000:e5:00.0" }] }).placement).toBe("cpu-fallback");
  });

  it.each<{ what: string; gpu: NonNullable<GpuMachineInit["gpus"]>[number] }>([
    { what: "sleeps", gpu: { value: { vendor: "amd", isIntegrated: undefined, power: "asleep" }, status: null } },
    { what: "only draws", gpu: { value: { vendor: "other", driver: "ast", isIntegrated: undefined }, status: null } },
    {
      what: "has no driver that computes",
      gpu: {
        value: { driver: "nouveau" },
        status: { outcome: "failed", failure: { code: "GPU_DRIVER_MISSING", message: "it has none." } },
      },
    },
  ])("is told beside another GPU that $what, on which nobody can have a model", ({ gpu }) => {
    const gpus = [{}, { ...gpu, id: "0000:0d:00.0" }];

    expect(only({ gpus }).placement).toBe("cpu-fallback");
    expect(only({ gpus, processes: [{ pid: 1, gib: 9.4 }] }).placement).toBe("gpu");
  });

  it("is not told where another GPU fell asleep before the model was loaded, and was not looked at since", () => {
    const before = { observedAt: at(-20), readAt: at(-20) };
    const other = { id: "0000:0d:00.0", value: { power: "asleep" }, device: before };

    expect(only({ gpus: [{}, other] }).placement).toBe("unknown");
  });

  it("is told where processes are not named, and less is in use by anybody than half of what it claims", () => {
    const unnamed = (used: number): GpuMachineInit => ({
      ...{ incomplete: ["gpu_process"], gpus: [{ samples: { memory_used_bytes: used * 2 ** 30 } }] },
    });

    expect(only(unnamed(4.4)).placement).toBe("cpu-fallback");
    expect(only(unnamed(4.6)).placement).toBe("unknown");
    expect(only({ ...unnamed(6), processes: [{ pid: 1, name: "", purpose: "other" }] }).placement).toBe("unknown");
  });

  it("is told of the one model of two that fell back, by their sizes", () => {
    const both = [
      { name: "large", sizeGib: 9, vramGib: 9 },
      { name: "small", sizeGib: 5, vramGib: 5 },
    ];

    expect(placed({ loaded: both, processes: [{ pid: 1, gib: 5.3 }] })).toEqual(["large cpu-fallback", "small gpu"]);
    expect(placed({ loaded: both, processes: [{ pid: 1, gib: 9.3 }] })).toEqual(["large gpu", "small cpu-fallback"]);
  });

  it("is not told of a model that Ollama itself has on the CPU", () => {
    expect(only({ loaded: [{ ...loaded, vramGib: 0 }] })).toMatchObject({ placement: "cpu", text: "on the CPU" });
  });

  it.each<{ why: string; init: GpuMachineInit; text: string }>([
    {
      why: "was loaded after the driver was asked",
      init: { loaded: [{ ...loaded, overrides: readAt(1) }] },
      text: "the driver was not asked since",
    },
    {
      why: "may have been unloaded before the driver was asked",
      init: { loaded: [{ ...loaded, expiresInMs: 5_000 }], gpus: [{ status: readAt(6) }] },
      text: "it may have been unloaded since",
    },
    { why: "lies on a GPU that sleeps", init: { gpus: [{ value: { power: "asleep" } }] }, text: "the GPU sleeps" },
    {
      why: "lies on a GPU whose driver failed",
      init: { gpus: [{ status: { outcome: "failed" } }] },
      text: "the GPU's driver cannot be asked now",
    },
    {
      why: "is judged by a list that is not whole, while somebody holds as much",
      init: { incomplete: ["gpu_process"], processes: [{ pid: 1, name: "game.exe", purpose: "game", gib: 5 }] },
      text: "the driver does not name all processes",
    },
    {
      why: "lies on an integrated GPU",
      init: { gpus: [{ value: { isIntegrated: true } }] },
      text: "what an integrated GPU holds cannot be told",
    },
    {
      why: "may be a process without a name",
      init: { processes: [{ pid: 1, name: "", purpose: "other", gib: 9 }] },
      text: "the driver does not say enough of a process that may be its own",
    },
    {
      why: "may be a process without a size",
      init: { processes: [{ pid: 1 }], gpus: [{ samples: { memory_used_bytes: 9e9 } }] },
      text: "the driver does not say enough of a process that may be its own",
    },
    {
      why: "was not heard of lately",
      init: { loaded: [{ ...loaded, overrides: { freshness: "stale" } }] },
      text: "Ollama was not heard of lately",
    },
    {
      why: "is cut over instances",
      init: { gpus: [{ statusValue: { isMigEnabled: true } }] },
      text: "the GPU is cut into instances",
    },
  ])("is not told of a model that $why", ({ init, text }) => {
    const found = only(init);

    expect(found.placement).toBe("unknown");
    expect(found.text).toBe(`100 % on the GPU, as Ollama says; ${text}`);
  });

  it("ends by itself when the driver sees the model again", () => {
    const later = { loaded: [{ ...loaded, overrides: readAt(60) }], gpus: [{ status: readAt(61) }] };

    expect(only(later).placement).toBe("cpu-fallback");
    expect(only({ ...later, processes: [{ pid: 2, gib: 9.2 }] }).placement).toBe("gpu");
  });
});
