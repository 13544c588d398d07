import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aModel, type GpuMachineInit, gpuId, gpuMachine, gpuMachineNowMs } from "../../test-support/gpu-machine.ts";
import { type FitAnswer, modelFits } from "./model-fit.ts";

const gibibyte = 2 ** 30;
const other = { name: "other", sizeGib: 6, vramGib: 6, expiresInMs: 200_000 };
const kept = { name: "kept", sizeGib: 4, vramGib: 4, expiresInMs: 900_000 };

function fit(value: Readonly<Record<string, unknown>>, init: GpuMachineInit = {}) {
  const [first] = modelFits(gpuMachine({ models: [{ name: "wanted", value }], ...init }), gpuMachineNowMs);
  if (first === undefined) throw new Error("there is no model");
  return first;
}

describe("feature 54: whether a model fits now, after an unload or never", () => {
  it("reckons with the file and the context, by Ollama's own formula", () => {
    // 32 layers of 8 heads of 128 in 16 bits, for key and value: 128 KiB a token; 4096 of them by default.
    expect(fit(aModel(8))).toEqual({
      model: "wanted",
      answer: "now",
      text: "it needs 8.5 GiB and fits: 15.5 GiB are free",
      neededBytes: 8.5 * gibibyte,
      freeBytes: 15.5 * gibibyte,
      capacityBytes: 15.5 * gibibyte,
      gpuId,
      contextLengthTokens: 4096,
      unload: [],
      missing: [],
    });
  });

  it.each<{
    name: string;
    settings: Readonly<Record<string, unknown>>;
    more?: Readonly<Record<string, unknown>>;
    cacheGib: number;
  }>([
    { name: "a longer context", settings: { contextLengthTokens: 32_768 }, cacheGib: 4 },
    { name: "no more context than the model can", settings: { contextLengthTokens: 999_999 }, cacheGib: 16 },
    { name: "requests at the same time", settings: { parallelCount: 4 }, cacheGib: 2 },
    {
      name: "a family that answers one at a time",
      settings: { parallelCount: 4 },
      more: { family: "qwen3vlmoe" },
      cacheGib: 0.5,
    },
    { name: "a context in 8 bits", settings: { kvCacheType: "q8_0" }, cacheGib: (0.5 * 17) / 32 },
    {
      name: "a context in 8 bits without flash attention",
      settings: { kvCacheType: "q8_0", isFlashAttentionEnabled: false },
      cacheGib: 0.5,
    },
  ])("takes $name into account", ({ settings, more = {}, cacheGib }) => {
    expect(fit(aModel(2, more), { settings }).neededBytes).toBe((2 + cacheGib) * gibibyte);
  });

  it("takes a larger default context where the GPU has 24 GiB", () => {
    const large = { statusValue: { memoryTotalBytes: 24 * gibibyte, memoryReservedBytes: 0 } };
    const samples = { memory_used_bytes: 0, memory_free_bytes: 24 * gibibyte };

    expect(fit(aModel(2), { gpus: [{ ...large, samples }] }).contextLengthTokens).toBe(32_768);
  });

  it("unloads the model that is kept the shorter, and no more than it must", () => {
    const both = {
      loaded: [kept, other],
      processes: [
        { pid: 1, gib: 6 },
        { pid: 2, gib: 4 },
      ],
    };

    expect(fit(aModel(3), both)).toMatchObject({ answer: "now", unload: [] });
    expect(fit(aModel(8), both)).toMatchObject({
      answer: "after-unload",
      unload: ["other"],
      text: "it needs 8.5 GiB and fits when Ollama has unloaded other",
    });
    expect(fit(aModel(10), both)).toMatchObject({ answer: "after-unload", unload: ["other", "kept"] });
  });

  it("fills no more than 80 % beside another model, as Ollama does, and leaves 1 GiB free when it is alone", () => {
    const beside = { loaded: [{ ...other, vramGib: 5.5 }], processes: [{ pid: 1, gib: 5.5 }] }; // 10 GiB are free

    expect(fit(aModel(7.5), beside).answer).toBe("now");
    expect(fit(aModel(7.6), beside).answer).toBe("after-unload");
    expect(fit(aModel(14), {}).answer).toBe("now");
    expect(fit(aModel(14.1), {})).toMatchObject({
      answer: "never",
      text: "it needs 14.6 GiB and does not fit whole: it has 15.5 GiB of which 1.0 GiB stay free",
    });
  });

  it("unloads one where as many are loaded as may be", () => {
    const one = { loaded: [kept], processes: [{ pid: 1, gib: 4 }], settings: { maximumLoadedModelCount: 1 } };

    expect(fit(aModel(1), one)).toMatchObject({ answer: "after-unload", unload: ["kept"] });
  });

  it("names the game without which it would fit", () => {
    const processes = [{ pid: 9, name: "game.exe", purpose: "game", gib: 12 }];

    expect(fit(aModel(8), { processes })).toMatchObject({
      answer: "without-others",
      text: "it needs 8.5 GiB and does not fit whole now (3.5 GiB are free); it would without game.exe (game, 12.0 GiB)",
    });
  });

  it("does not count on memory that a model claims and does not hold", () => {
    const fallback = { loaded: [other], processes: [{ pid: 9, name: "game.exe", purpose: "game", gib: 12 }] };

    expect(fit(aModel(6), fallback).answer).toBe("without-others");
  });

  it("says that a loaded model is loaded, also under another name, and that one elsewhere needs nothing", () => {
    const loaded = [{ name: "other", sizeGib: 6, vramGib: 6 }];

    expect(fit(aModel(14, { digest: "sha256:other" }), { loaded })).toMatchObject({ answer: "now", text: "it is loaded" });
    expect(fit({ isRemote: true }, { gpus: [] })).toMatchObject({ answer: "now", text: expect.stringContaining("elsewhere") });
  });

  it("loads a model anew for another context than it is loaded with", () => {
    const loaded = [{ name: "wanted", sizeGib: 9, vramGib: 9 }];
    const machine = gpuMachine({ models: [{ name: "wanted", value: aModel(8) }], loaded, processes: [{ pid: 1, gib: 9 }] });
    for (const subject of machine.subjects)
      if (subject.kind === "ollama_loaded_model") subject.value = { ...subject.value, contextLengthTokens: 4096 };
    const answers = [4096, 32_768, 65_536].map((context) => modelFits(machine, gpuMachineNowMs, context)[0]);

    expect(answers.map((each) => [each?.answer, each?.unload])).toEqual([
      ["now", []],
      ["after-unload", ["wanted"]],
      ["never", []],
    ]);
  });

  it("asks no more of a model that only embeds than its file and one request", () => {
    const embedding = { sizeBytes: gibibyte, capabilities: ["embedding"] };

    expect(fit(embedding, { settings: { parallelCount: 8 } })).toMatchObject({ answer: "now", neededBytes: gibibyte });
    expect(fit(aModel(1, { capabilities: ["embedding"] }), { settings: { parallelCount: 8 } }).neededBytes).toBe(1.5 * gibibyte);
  });

  it("judges a GPU that sleeps by all of its memory, and says that it would wake", () => {
    const asleep = { value: { power: "asleep" }, samples: { memory_used_bytes: 5e9, memory_free_bytes: 1e9 } };

    expect(fit(aModel(8), { gpus: [asleep] })).toMatchObject({
      answer: "now",
      text: "it needs 8.5 GiB and fits: 15.5 GiB are free; the GPU sleeps and would wake",
    });
  });

  it("goes by the freest of several GPUs, or by all of one maker together, and says so", () => {
    const small = { id: "0000:02:00.0", statusValue: { memoryTotalBytes: 8 * gibibyte } };
    const samples = { memory_used_bytes: 0, memory_free_bytes: 7.5 * gibibyte };
    const other = { ...small, value: { vendor: "amd", driver: "amdgpu" } };
    const fitOn = (sizeGib: number, second: NonNullable<GpuMachineInit["gpus"]>[number]) =>
      fit(aModel(sizeGib), { gpus: [{ ...second, samples }, {}], settings: { contextLengthTokens: 4_096 } });

    expect(fitOn(8, small)).toMatchObject({ answer: "now", gpuId, text: expect.stringContaining("on one GPU") });
    expect(fitOn(20, small)).toMatchObject({ answer: "now", capacityBytes: 23 * gibibyte });
    expect(fitOn(20, small)).not.toHaveProperty("gpuId");
    expect(fitOn(21, small)).toMatchObject({ answer: "never", text: expect.stringContaining("not even on 2 GPUs together") });
    expect(fitOn(20, other).answer).toBe("never");
  });

  it.each<{ name: string; init: GpuMachineInit; value?: object; missing: string }>([
    { name: "its layers", init: {}, value: { sizeBytes: gibibyte }, missing: "its layers and heads" },
    { name: "its size", init: {}, value: {}, missing: "its size" },
    { name: "the GPU's memory", init: { gpus: [{ status: { freshness: "stale" } }] }, missing: "the memory of the GPU" },
    { name: "whether there is a GPU", init: { gpus: [], incomplete: ["gpu"] }, missing: "the GPUs" },
    { name: "what is loaded", init: { incomplete: ["ollama_loaded_model"] }, missing: "which models are loaded" },
    {
      name: "an integrated GPU",
      init: { gpus: [{ value: { isIntegrated: true } }] },
      missing: "what an integrated GPU can take",
    },
    {
      name: "which GPUs Ollama sees",
      init: { gpus: [{}, { id: "b" }], settings: { visibleDevices: ["CUDA_VISIBLE_DEVICES=1"] } },
      missing: "which GPUs the server sees",
    },
  ])("is not known without $name", ({ init, value = aModel(1), missing }) => {
    expect(fit({ ...value }, init)).toMatchObject({ answer: "unknown", missing: [missing] });
  });

  it("takes a size or a context of 0 for one that nobody said", () => {
    expect(fit(aModel(0))).toMatchObject({ answer: "unknown", missing: ["its size"] });
    expect(fit(aModel(8, { maximumContextLengthTokens: 0 })).contextLengthTokens).toBe(4096);
  });

  it("is not known of a server that does not run", () => {
    const machine = gpuMachine({ models: [{ name: "wanted", value: aModel(1) }] });
    for (const subject of machine.subjects) if (subject.kind === "ollama_server") subject.value = { isRunning: false };

    expect(modelFits(machine, gpuMachineNowMs)[0]).toMatchObject({ answer: "unknown", missing: ["whether Ollama would run"] });
  });

  it("never fits where there is no GPU, where none can be used, and where none is shown to Ollama", () => {
    const lost = { outcome: "failed", failure: { code: "GPU_LOST", message: "lost" } } as const;
    const answers = [
      { gpus: [] },
      { gpus: [{ status: lost }] },
      { settings: { visibleDevices: ["CUDA_VISIBLE_DEVICES=-1"] } },
    ].map((init) => fit(aModel(1), init).answer);

    expect(answers).toEqual(["never", "never", "never"]);
    expect(fit({ sizeBytes: 40 * gibibyte }).answer).toBe("never"); // whatever its layers are
  });

  it("goes by the card beside the GPU of the processor that sleeps and was never read, and is not sure that it never fits", () => {
    const unread = { vendor: "amd", pciId: "1002:164e", driver: "amdgpu", isIntegrated: undefined, power: "asleep" };
    const gpus = [{}, { id: "0000:0d:00.0", value: unread, status: null }];

    expect(fit(aModel(8), { gpus })).toMatchObject({ answer: "now", gpuId });
    expect(fit(aModel(20), { gpus })).toMatchObject({ answer: "unknown", missing: ["the memory of amd 1002:164e"] });
    const card = { ...unread, isIntegrated: false };
    expect(fit(aModel(8), { gpus: [{}, { id: "0000:0d:00.0", value: card, status: null }] }).answer).toBe("unknown");
  });

  it("is not confused by the adapter of a server, which only draws", () => {
    const adapter = { id: "0000:0d:00.0", value: { vendor: "other", driver: "ast", isIntegrated: undefined }, status: null };

    expect(fit(aModel(8), { gpus: [{}, adapter] }).answer).toBe("now");
    expect(fit(aModel(20), { gpus: [{}, adapter] }).answer).toBe("never");
  });

  it("applies what hides GPUs of one vendor to those only", () => {
    const gpus = [{}, { id: "0000:0d:00.0", value: { vendor: "amd", driver: "amdgpu" } }];
    const idOf = (setting: string) => fit(aModel(8), { gpus, settings: { visibleDevices: [setting] } }).gpuId;

    expect(idOf("CUDA_VISIBLE_DEVICES=-1")).toBe("0000:0d:00.0");
    expect(idOf("ROCR_VISIBLE_DEVICES=-1")).toBe(gpuId);
    expect(idOf("CUDA_VISIBLE_DEVICES=0")).toBe(gpuId);
  });

  const worstFirst: readonly FitAnswer[] = ["never", "without-others", "after-unload", "now"];
  const mebibytes = (max: number) => fc.integer({ min: 0, max }).map((count) => count / 1024);
  const situation = fc.record({
    size: mebibytes(24 * 1024).filter((gib) => gib > 0),
    free: mebibytes(15 * 1024),
    more: mebibytes(15 * 1024),
    context: fc.integer({ min: 1, max: 131_072 }),
    longer: fc.integer({ min: 0, max: 131_072 }),
    loaded: fc.array(fc.record({ gib: mebibytes(8 * 1024), expires: fc.integer({ min: 1, max: 9 }) }), { maxLength: 4 }),
    isListWhole: fc.boolean(),
  });

  function rankOf(it: {
    size: number;
    free: number;
    context: number;
    loaded: readonly { gib: number; expires: number }[];
    isListWhole: boolean;
  }): number {
    const init: GpuMachineInit = {
      gpus: [{ samples: { memory_used_bytes: (15.5 - it.free) * gibibyte, memory_free_bytes: it.free * gibibyte } }],
      loaded: it.loaded.map(({ gib, expires }, index) => ({
        ...{ name: `m${index}`, sizeGib: gib, vramGib: gib, expiresInMs: expires * 60_000 },
      })),
      processes: it.loaded.map(({ gib }, index) => ({ pid: index + 1, gib })),
      settings: { contextLengthTokens: it.context },
      incomplete: it.isListWhole ? [] : ["gpu_process"],
    };
    const { answer } = fit(aModel(it.size), init);
    expect(worstFirst).toContain(answer);
    return worstFirst.indexOf(answer);
  }

  it("never gets worse with more free memory, and never better with a longer context", () => {
    fc.assert(
      fc.property(situation, ({ more, longer, ...now }) => {
        const rank = rankOf(now);
        expect(rankOf({ ...now, free: Math.min(15.5, now.free + more) })).toBeGreaterThanOrEqual(rank);
        expect(rankOf({ ...now, context: now.context + longer })).toBeLessThanOrEqual(rank);
      }),
      { numRuns: 500 },
    );
  });
});
