import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { Backend } from "../routing/backend.ts";
import { factsOfOllama } from "../routing/facts-of-ollama.ts";
import type { NodeState } from "../state/node-state.ts";
import { FakeStore } from "../test-support/fake-store.ts";
import { machineThatSaid, observationOf, type Said } from "../test-support/judge-machine.ts";
import { observed, startMs } from "../test-support/states.ts";
import { createGpuUsage } from "./create-gpu-usage.ts";
import type { GpuUsageBook } from "./gpu-usage.ts";
import { memoryStepMs } from "./memory-series.ts";

const gib = 2 ** 30;
const stepSeconds = 15;
const gpuId = "0000:01:00.0";

/** What the GPU's agent says: who holds how many GiB of 15; undefined: its driver could not be read. */
function gpuSays(atMs: number, held: Readonly<Record<string, number>> | undefined, power: 1 | 2 = 1): Said {
  const used = Object.values(held ?? {}).reduce((sum, each) => sum + each, 0) * gib;
  const status = { memoryTotalBytes: BigInt(15 * gib), productName: "RTX 5070 Ti" };
  return {
    ...{ probe: "gpu", atMs, whole: ["gpu", "gpu_status", "gpu_process"] },
    things: [
      { kind: "gpu", id: gpuId, value: { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power } } },
      held === undefined
        ? { kind: "gpu_status", id: gpuId, failure: "GPU_READ_FAILED" }
        : {
            ...{ kind: "gpu_status", id: gpuId, value: { case: "gpuStatus", value: status } },
            samples: { memory_used_bytes: used, memory_free_bytes: 15 * gib - used },
          },
      ...Object.entries(held ?? {}).map(([program, amount], index) => {
        const purpose = program === "ollama" ? "ollama" : program === "Xorg" ? "desktop" : "game";
        const owner = { pidNumber: index + 1, processName: program };
        return {
          ...{ kind: "gpu_process", id: `${gpuId} ${index + 1}` },
          value: { case: "gpuProcess" as const, value: { gpuId, purpose, owner } },
          samples: { memory_used_bytes: amount * gib },
        };
      }),
    ],
  };
}

/** What it says of Ollama: its models, which stay for five minutes. */
function ollamaSays(atMs: number, models: readonly string[], isRunning = true): Said {
  const owner = { pidNumber: 7, startedAtUnixMs: BigInt(startMs - 1000) };
  return {
    ...{ probe: "ollama", atMs, whole: ["ollama_model", "ollama_loaded_model"] },
    things: [
      { kind: "ollama_server", value: { case: "ollamaServer", value: { isRunning, unit: "ollama.service", owner } } },
      ...models.map((id) => ({
        ...{ kind: "ollama_loaded_model", id },
        value: {
          case: "ollamaLoadedModel" as const,
          value: { contextLengthTokens: 4096, expiresAtUnixMs: BigInt(atMs + 300_000) },
        },
      })),
    ],
  };
}

/** What Ollama itself says on a machine without an agent. */
function serverSays(atMs: number, loaded: readonly string[]): Backend {
  return {
    ...{ name: "studio", url: "http://10.0.0.9:11434", witness: "ollama", isStale: false, gpus: [] },
    reach: { kind: "up", sinceMs: startMs },
    facts: factsOfOllama({
      version: "0.32.15",
      models: [],
      loaded: loaded.map((name) => ({ name, capabilities: [] })),
      atMs,
    }),
    roles: { generation: { word: "yes", because: "" }, embeddings: { word: "no", because: "" } },
  };
}

interface Scene extends AsyncDisposable {
  readonly usage: GpuUsageBook;
  readonly store: FakeStore;
  readonly clock: FakeClock;
  readonly kept: Set<string>;
  /** Somebody keeps its GPU, and releases it at once. */
  keepForAMoment(name: string): void;
  servers: readonly Backend[];
  /** After so many seconds it says so. */
  say(second: number, ...said: readonly ((atMs: number) => Said)[]): Promise<void>;
  forgetNode(): void;
  /** Another machine bears its name. */
  comeBack(): void;
}

async function aScene(store = new FakeStore(), clock = new FakeClock(startMs)): Promise<Scene> {
  let node: NodeState | undefined = machineThatSaid({ probe: "gpu" }, { probe: "ollama" });
  let sequence = 10;
  let tell: (names: readonly string[]) => void = () => undefined;
  let tellKept = tell;
  const kept = new Set<string>();
  const servers: Backend[] = [];
  const scene = { servers };
  const usage = await createGpuUsage({
    ...{ store, clock, random: () => 0.5, logger: createLogger("test", "silent") },
    state: {
      node: (name) => (name === "neko" ? node : undefined),
      subscribe: (listener) => {
        tell = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    },
    routing: { backends: () => scene.servers },
    reservations: {
      of: (name) => (kept.has(name) ? { node: name, kind: "person", by: "mika", reason: "", at: "" } : undefined),
      onChanged: (listener) => {
        tellKept = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    },
  });
  return Object.assign(scene, {
    ...{ usage, store, clock, kept, keepForAMoment: (name: string) => tellKept([name]) },
    async say(second: number, ...said: readonly ((atMs: number) => Said)[]) {
      const atMs = startMs + second * 1000;
      await clock.advance(Math.max(0, atMs - clock.wallMs()));
      for (const each of said) {
        sequence += 1;
        const told = observationOf(each(atMs), sequence);
        if (node !== undefined) node = observed(node, { ...told, intervalMs: stepSeconds * 1000 }, atMs);
      }
      tell(["neko"]);
      await settle();
    },
    forgetNode() {
      node = undefined;
      tell(["neko"]);
    },
    comeBack() {
      node = machineThatSaid({ probe: "gpu" }, { probe: "ollama" });
    },
    [Symbol.asyncDispose]: () => usage[Symbol.asyncDispose](),
  });
}

function memoryAt(usage: GpuUsageBook, second: number) {
  const [gpu] = usage.of("neko")?.gpus() ?? [];
  const step = Math.floor((startMs + second * 1000) / memoryStepMs);
  const { knownMs, owners, freeBytes } = gpu?.series.steps(step, step) ?? { knownMs: [], owners: new Map(), freeBytes: [] };
  const gibs = [...owners].map(([key, [bytes = 0]]) => [key, Math.round((bytes / gib) * 100) / 100] as const);
  return { knownSeconds: (knownMs[0] ?? 0) / 1000, ...Object.fromEntries(gibs), free: (freeBytes[0] ?? 0) / gib };
}

function sumOf(usage: GpuUsageBook, model: string, node = "neko") {
  const found = usage
    .of(node)
    ?.models()
    .find((each) => each.model === model);
  return found?.totals.sum("hours", startMs, startMs + 3_600_000);
}

describe("how GPUs and models were used", () => {
  it("is who held memory on average over the time that is known, and silence is not known", async () => {
    await using scene = await aScene();
    const held = { ollama: 6, Xorg: 1 };
    await scene.say(0, (at) => gpuSays(at, held));
    await scene.say(15, (at) => gpuSays(at, { ...held, "game.exe": 8 }));
    await scene.say(30, (at) => gpuSays(at, undefined));
    await scene.say(45, (at) => gpuSays(at, held));
    await scene.say(200, (at) => gpuSays(at, held));

    expect(memoryAt(scene.usage, 0)).toEqual({
      knownSeconds: 30,
      ...{ "ollama ollama": 6, "desktop desktop": 1, "game game.exe": 4, free: 4 },
    });
  });

  it("is nobody, and all free, while the GPU sleeps", async () => {
    await using scene = await aScene();
    await scene.say(0, (at) => gpuSays(at, { ollama: 6 }));
    await scene.say(300, (at) => gpuSays(at, {}, 2));
    await scene.say(315, (at) => gpuSays(at, {}, 2));

    expect(memoryAt(scene.usage, 300)).toEqual({ knownSeconds: 15, free: 15 });
  });

  it("is how long models were loaded, and what became of them", async () => {
    await using scene = await aScene();
    await scene.say(0, (at) => ollamaSays(at, []));
    await scene.say(15, (at) => ollamaSays(at, ["a"]));
    await scene.say(30, (at) => ollamaSays(at, ["a", "b"]));
    for (let second = 45; second <= 180; second += 15) await scene.say(second, (at) => ollamaSays(at, ["b"]));

    expect(sumOf(scene.usage, "a")).toEqual({ loadedMs: 15_000, loads: 1, reloads: 0, evictions: 1 });
    expect(sumOf(scene.usage, "b")).toEqual({ loadedMs: 150_000, loads: 1, reloads: 0, evictions: 0 });
    expect(scene.usage.of("neko")?.isLoaded("a", startMs + 180_000)).toBe(false);
    expect(scene.usage.of("neko")?.isLoaded("b", startMs + 180_000)).toBe(true);
    expect(scene.usage.of("neko")?.isLoaded("b", startMs + 600_000)).toBeUndefined();
  });

  it("is no eviction where the GPU is kept for something else, or the server is stopped", async () => {
    await using scene = await aScene();
    await scene.say(0, (at) => ollamaSays(at, ["a"]));
    scene.kept.add("neko");
    for (let second = 15; second <= 180; second += 15) await scene.say(second, (at) => ollamaSays(at, []));
    scene.kept.clear();
    await scene.say(195, (at) => ollamaSays(at, ["a"]));
    await scene.say(210, (at) => ollamaSays(at, [], false));
    for (let second = 225; second <= 390; second += 15) await scene.say(second, (at) => ollamaSays(at, []));

    expect(sumOf(scene.usage, "a")).toMatchObject({ loads: 1, evictions: 0 });
  });

  it("is no eviction where the GPU was kept for a moment, and what was heard before is heard once more", async () => {
    await using scene = await aScene();
    for (const loaded of [[], ["a"]]) {
      scene.servers = [serverSays(scene.clock.wallMs(), loaded)];
      await scene.clock.advance(5_000);
    }
    scene.keepForAMoment("studio");
    await scene.clock.advance(5_000);
    for (let seconds = 0; seconds <= 180; seconds += 5) {
      scene.servers = [serverSays(scene.clock.wallMs(), [])];
      await scene.clock.advance(5_000);
    }

    expect(sumOf(scene.usage, "a", "studio")).toMatchObject({ loads: 1, evictions: 0 });
  });

  it("is what Ollama itself says where no agent is heard", async () => {
    await using scene = await aScene();
    for (const loaded of [[], ["a"], ["a"], ["a", "b"], ["a", "b"]]) {
      scene.servers = [serverSays(scene.clock.wallMs(), loaded)];
      await scene.clock.advance(5_000);
      await settle();
    }

    expect(sumOf(scene.usage, "a", "studio")).toEqual({ loadedMs: 15_000, loads: 1, reloads: 0, evictions: 0 });
    expect(sumOf(scene.usage, "b", "studio")).toEqual({ loadedMs: 5_000, loads: 1, reloads: 0, evictions: 0 });
  });

  it("is kept over a restart, written once a minute, and nothing is counted of the time between", async () => {
    const before = await aScene();
    for (let second = 0; second <= 600; second += 15) {
      await before.say(
        second,
        (at) => ollamaSays(at, second === 0 ? [] : ["a"]),
        (at) => gpuSays(at, { ollama: 6 }),
      );
    }
    const [known, memory] = [sumOf(before.usage, "a"), memoryAt(before.usage, 0)];
    expect((await before.store.documents("gpu_usage")).map(({ id }) => id)).toEqual(["neko/since", "neko/whole"]);
    await before[Symbol.asyncDispose]();

    await using after = await aScene(before.store, before.clock);
    expect(sumOf(after.usage, "a")).toEqual(known);
    expect(known).toEqual({ loadedMs: 585_000, loads: 1, reloads: 0, evictions: 0 });
    expect(memoryAt(after.usage, 0)).toEqual(memory);
    await after.say(660, (at) => ollamaSays(at, ["a"]));
    await after.say(675, (at) => ollamaSays(at, ["a"]));
    expect(sumOf(after.usage, "a")).toEqual({ ...known, loadedMs: 600_000 });
  });

  it("loses no more than a minute where it is killed", async () => {
    const before = await aScene();
    for (let second = 0; second <= 590; second += 10) await before.say(second, (at) => ollamaSays(at, ["a"]));

    await using after = await aScene(structuredCloneOf(before.store), new FakeClock(startMs + 600_000));
    expect(sumOf(after.usage, "a")?.loadedMs).toBeGreaterThanOrEqual(590_000 - 60_000);
    await before[Symbol.asyncDispose]();
  });

  it("goes on while the store takes nothing, and is written when it does", async () => {
    await using scene = await aScene();
    scene.store.fail(new AppError("STORE_FAILED", "no"));
    for (let second = 0; second <= 120; second += 15) await scene.say(second, (at) => ollamaSays(at, ["a"]));
    scene.store.fail(undefined);
    await scene.clock.advance(60_000);
    await settle();

    expect(sumOf(scene.usage, "a")?.loadedMs).toBe(120_000);
    expect(await scene.store.documents("gpu_usage")).toHaveLength(1);
  });

  it("is forgotten with its node", async () => {
    await using scene = await aScene();
    for (let second = 0; second <= 120; second += 15) await scene.say(second, (at) => ollamaSays(at, ["a"]));
    expect(await scene.store.documents("gpu_usage")).not.toEqual([]);
    scene.forgetNode();
    await scene.clock.advance(60_000);
    await settle();

    expect(scene.usage.all()).toEqual([]);
    expect(await scene.store.documents("gpu_usage")).toEqual([]);
  });

  it("begins anew with another machine of the same name", async () => {
    await using scene = await aScene();
    for (let second = 0; second <= 120; second += 15) await scene.say(second, (at) => ollamaSays(at, ["a"]));
    scene.forgetNode();
    scene.comeBack();
    for (let second = 135; second <= 240; second += 15) await scene.say(second, (at) => ollamaSays(at, ["b"]));

    const bodies = JSON.stringify(await scene.store.documents("gpu_usage"));
    expect([bodies.includes('"b"'), bodies.includes('"a"')]).toEqual([true, false]);
  });

  it("leaves out what is damaged in the store", async () => {
    const store = new FakeStore();
    await store.saveDocuments("gpu_usage", [{ id: "neko/whole", changedAtMs: startMs, body: { gpus: 7 } }], []);
    await using scene = await aScene(store);

    expect(scene.usage.all()).toEqual([]);
  });
});

function structuredCloneOf(store: FakeStore): FakeStore {
  const copy = new FakeStore();
  for (const [kind, documents] of store.documentsByKind) copy.documentsByKind.set(kind, new Map(documents));
  return copy;
}
