/** How the GPUs and models of one node, or of a server without an agent, were used. What is added up here is pure of clocks: all times come with readings. */
import { followModels, type ModelsReading, type ModelsTrack } from "./follow-models.ts";
import { createMemorySeries, type HeldMemory, type MemorySeries, memoryStepCount, memoryStepMs } from "./memory-series.ts";
import { grainMs, ModelTotals } from "./model-totals.ts";
import type { UsageDocument } from "./usage-document.ts";

/** A reading of one GPU. */
export interface GpuMemoryReading {
  readonly id: string;
  readonly name: string;
  readonly capacityBytes: number | undefined;
  /** Undefined: nobody can tell. */
  readonly held: HeldMemory | undefined;
}

/** One GPU over time. */
export interface GpuHistory {
  readonly id: string;
  readonly name: string;
  readonly capacityBytes: number | undefined;
  readonly series: MemorySeries;
}

/** One model over time. */
export interface ModelHistory {
  readonly model: string;
  readonly totals: ModelTotals;
}

/** Of a node. */
export interface NodeUsage {
  readonly node: string;
  /** What is held is held until the next reading, if that comes within `goodForMs`. */
  takeMemory(atMs: number, goodForMs: number, gpus: readonly GpuMemoryReading[]): void;
  /**
   * "off": the server does not run. `isKept`: somebody kept the GPU at any time since the reading before. False: the reading was known, or is older than
   * that before.
   */
  takeModels(reading: ModelsReading | "off", isKept: boolean): boolean;
  /** By id. */
  gpus(): readonly GpuHistory[];
  /** By name. */
  models(): readonly ModelHistory[];
  /** Undefined: nobody says it freshly at that time. */
  isLoaded(model: string, nowMs: number): boolean | undefined;
  /** Whether there is anything to be told. */
  hasAny(): boolean;
  /** Drops what was not seen for as long as anything of it is kept. False: nothing is left, and nobody speaks of it. */
  prune(nowMs: number): boolean;
  /** What is known of the time from here on, to be written down. */
  document(fromMs: number): UsageDocument;
  /** What was written down comes back: in place of what is there. */
  restore(document: UsageDocument): void;
}

/** Of each node at most: a machine that claims more fills no memory. */
const maximumGpus = 32;
const maximumModels = 64;

/** Nothing yet. */
export function createNodeUsage(node: string): NodeUsage {
  const gpus = new Map<string, GpuHistory>();
  const held = new Map<string, { readonly atMs: number; readonly goodForMs: number; readonly held: HeldMemory }>();
  const models = new Map<string, ModelTotals>();
  let track: ModelsTrack | undefined;

  /** Undefined: there are too many. */
  function totalsOf(model: string): ModelTotals | undefined {
    const known = models.get(model);
    if (known !== undefined) return known;
    if (models.size >= maximumModels && !forgetOne()) return undefined;
    const made = new ModelTotals();
    models.set(model, made);
    return made;
  }

  /** The one that was not loaded for longest. */
  function forgetOne(): boolean {
    const [oldest] = [...models]
      .filter(([model]) => track?.reading.loaded.has(model) !== true)
      .toSorted(([, a], [, b]) => lastStepOf(a) - lastStepOf(b));
    return oldest !== undefined && models.delete(oldest[0]);
  }

  /** Whether what its server was last said to have is of now. */
  function isSpokenOf(nowMs: number): boolean {
    return track !== undefined && Math.abs(nowMs - track.reading.atMs) <= track.reading.goodForMs;
  }

  function sortedModels(): readonly ModelHistory[] {
    return [...models].map(([model, totals]) => ({ model, totals })).toSorted((a, b) => (a.model < b.model ? -1 : 1));
  }

  return {
    node,
    takeMemory(atMs, goodForMs, readings) {
      for (const { id, name, capacityBytes, held: now } of readings.slice(0, maximumGpus)) {
        const before = held.get(id);
        const known = gpus.get(id);
        if (before !== undefined && atMs <= before.atMs && before.atMs - atMs <= before.goodForMs) continue;
        if (known === undefined && (now === undefined || gpus.size >= maximumGpus)) continue;
        const series = known?.series ?? createMemorySeries();
        gpus.set(id, { id, name, capacityBytes: capacityBytes ?? known?.capacityBytes, series });
        if (before !== undefined && atMs - before.atMs <= before.goodForMs) series.hold(before.atMs, atMs, before.held);
        if (now === undefined) held.delete(id);
        else held.set(id, { atMs, goodForMs, held: now });
      }
    },
    takeModels(reading, isKept) {
      if (reading === "off") {
        track = undefined;
        return true;
      }
      const loaded = new Map([...reading.loaded].slice(0, maximumModels));
      const followed = followModels(track, { ...reading, loaded }, isKept);
      const isNews = followed.track !== track;
      track = followed.track;
      for (const model of loaded.keys()) totalsOf(model);
      for (const event of followed.events) totalsOf(event.model)?.add(event);
      return isNews;
    },
    gpus: () => [...gpus.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    models: sortedModels,
    isLoaded: (model, nowMs) => (isSpokenOf(nowMs) ? track?.reading.loaded.has(model) : undefined),
    hasAny: () => gpus.size + models.size > 0,
    prune(nowMs) {
      const beganMs = nowMs - memoryStepCount * memoryStepMs;
      for (const [id, { series }] of gpus) {
        if ((held.get(id)?.atMs ?? 0) > beganMs || (series.newest ?? 0) * memoryStepMs > beganMs) continue;
        gpus.delete(id);
        held.delete(id);
      }
      const loaded = isSpokenOf(nowMs) ? track?.reading.loaded : undefined;
      for (const [model, totals] of models) {
        const { loadedMs, loads, reloads, evictions } = totals.sum("days", nowMs - 30 * grainMs.days, nowMs);
        if (loaded?.has(model) !== true && loadedMs + loads + reloads + evictions === 0) models.delete(model);
      }
      return isSpokenOf(nowMs) || gpus.size + models.size > 0;
    },
    document: (fromMs) => ({
      gpus: [...gpus.values()].map(({ id, name, capacityBytes, series }) => ({
        ...{ id, name, ...(capacityBytes === undefined ? {} : { capacityBytes }) },
        ...keptMemory(series, fromMs),
      })),
      models: sortedModels().flatMap((history) => keptModel(history, fromMs) ?? []),
    }),
    restore(document) {
      for (const { id, name, capacityBytes, first, knownSeconds, owners, free } of document.gpus.slice(0, maximumGpus)) {
        const series = gpus.get(id)?.series ?? createMemorySeries();
        gpus.set(id, { id, name, capacityBytes, series });
        series.restore({
          first,
          knownMs: knownSeconds.map((seconds) => seconds * 1000),
          owners: new Map(owners.map(({ key, mebibytes }) => [key, mebibytes.map((each) => each * mebibyte)])),
          freeBytes: free.map((each) => (each === null ? Number.NaN : each * mebibyte)),
        });
      }
      for (const { model, ...kept } of document.models) totalsOf(model)?.restore(kept);
    },
  };
}

const mebibyte = 2 ** 20;

function keptMemory(
  series: MemorySeries,
  fromMs: number,
): Pick<UsageDocument["gpus"][number], "first" | "knownSeconds" | "owners" | "free"> {
  const newest = series.newest ?? 0;
  const oldest = Math.max(newest - memoryStepCount + 1, Math.floor(fromMs / memoryStepMs));
  const first =
    oldest +
    Math.max(
      0,
      series.steps(oldest, newest).knownMs.findIndex((ms) => ms > 0),
    );
  const { knownMs, owners, freeBytes } = series.steps(first, newest);
  return {
    first,
    knownSeconds: knownMs.map((ms) => Math.ceil(ms / 1000)),
    owners: [...owners].map(([key, bytes]) => ({ key, mebibytes: bytes.map((each) => Math.round(each / mebibyte)) })),
    free: freeBytes.map((each) => (Number.isNaN(each) ? null : Math.round(each / mebibyte))),
  };
}

/** Undefined where nothing happened since. */
function keptModel({ model, totals }: ModelHistory, fromMs: number): UsageDocument["models"][number] | undefined {
  const days = totals.cells("days", fromMs);
  if (days.numbers.length === 0) return undefined;
  const { lastLoadedAtMs, lastEvictedAtMs } = totals;
  return {
    ...{ model, hours: totals.cells("hours", fromMs), days },
    ...(lastLoadedAtMs === undefined ? {} : { lastLoadedAtMs }),
    ...(lastEvictedAtMs === undefined ? {} : { lastEvictedAtMs }),
  };
}

function lastStepOf(totals: ModelTotals): number {
  return totals.newestDay ?? 0;
}
