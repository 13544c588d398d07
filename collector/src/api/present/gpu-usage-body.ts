/** How GPUs and models were used, as the API tells it. */
import type { GpuMemoryOwner, GpuMemoryUsage, GpuUsage, ModelUsage } from "@nodekeeper/shared/api";
import type { SeenUsage } from "../../gpu-usage/gpu-usage.ts";
import { type MemorySteps, memoryStepMs, ownerOfKey, restKey, sortOwners } from "../../gpu-usage/memory-series.ts";
import { type Grain, grainMs } from "../../gpu-usage/model-totals.ts";
import type { GpuHistory, ModelHistory } from "../../gpu-usage/node-usage.ts";
import { isoTime } from "../../state/iso-time.ts";

/** What was asked for. */
export interface GpuUsageWish {
  /** Of memory, and of models where `days` is not there. */
  readonly hours: number;
  readonly days?: number | undefined;
  readonly nowMs: number;
}

const hourMs = 3_600_000;
const mebibyte = 2 ** 20;
const maximumGpus = 100;
const maximumModels = 500;

/** Of these nodes. */
export function gpuUsageBody(usages: readonly SeenUsage[], { hours, days, nowMs }: GpuUsageWish): GpuUsage {
  const last = Math.floor(nowMs / memoryStepMs);
  const first = last - (hours * hourMs) / memoryStepMs;
  const grain: Grain = days === undefined ? "hours" : "days";
  const modelsFromMs = floorTo(nowMs - (days === undefined ? hours * hourMs : (days - 1) * grainMs.days), grainMs[grain]);
  const gpus = usages.flatMap((usage) => usage.gpus().map((gpu) => ({ node: usage.node, gpu })));
  const models = usages
    .flatMap((usage) => usage.models().flatMap((model) => modelUsage(usage, model, { grain, fromMs: modelsFromMs, nowMs }) ?? []))
    .toSorted((a, b) => b.loadedSeconds - a.loadedSeconds || b.loads - a.loads);
  return {
    from: isoTime(first * memoryStepMs),
    to: isoTime(nowMs),
    stepSeconds: memoryStepMs / 1000,
    gpus: gpus.slice(0, maximumGpus).map(({ node, gpu }) => memoryUsage(node, gpu, first, last)),
    gpusLeftOut: Math.max(0, gpus.length - maximumGpus),
    modelsFrom: isoTime(modelsFromMs),
    models: models.slice(0, maximumModels),
    modelsLeftOut: Math.max(0, models.length - maximumModels),
  };
}

function memoryUsage(node: string, { id, name, capacityBytes, series }: GpuHistory, first: number, last: number): GpuMemoryUsage {
  const steps = series.steps(first, last);
  const told = (values: readonly number[]): (number | null)[] =>
    values.map((bytes, at) => (steps.knownMs[at] === 0 || Number.isNaN(bytes) ? null : Math.round(bytes / mebibyte) * mebibyte));
  return {
    ...{ node, gpuId: id, name },
    ...(capacityBytes === undefined ? {} : { capacityBytes }),
    owners: ownersOf(steps).map(([key, bytes]): GpuMemoryOwner => ({ ...ownerOfKey(key), bytes: told(bytes) })),
    freeBytes: told(steps.freeBytes),
  };
}

/** Those who held anything, the most first; programs beyond the largest are one, and last. */
function ownersOf({ owners }: MemorySteps): readonly (readonly [key: string, bytes: readonly number[]])[] {
  const { named, rest } = sortOwners(
    new Map([...owners].map(([key, bytes]) => [key, bytes.reduce((sum, each) => sum + each, 0)])),
  );
  const bytesOf = (key: string): readonly number[] => owners.get(key) ?? [];
  const told = named.map((key) => [key, bytesOf(key)] as const);
  const [one] = rest;
  if (one === undefined) return told;
  return [...told, [restKey, bytesOf(one).map((_, at) => rest.reduce((sum, key) => sum + (bytesOf(key)[at] ?? 0), 0))]];
}

/** Undefined where it was not in memory in that time, as far as is known. */
function modelUsage(
  usage: SeenUsage,
  { model, totals }: ModelHistory,
  { grain, fromMs, nowMs }: { readonly grain: Grain; readonly fromMs: number; readonly nowMs: number },
): ModelUsage | undefined {
  const { loadedMs, loads, reloads, evictions } = totals.sum(grain, fromMs, nowMs);
  const isLoaded = usage.isLoaded(model, nowMs);
  if (loadedMs + loads + reloads + evictions === 0 && isLoaded !== true) return undefined;
  const { lastLoadedAtMs, lastEvictedAtMs } = totals;
  return {
    ...{ node: usage.node, model, loadedSeconds: Math.round(loadedMs / 1000), loads, reloads, evictions },
    ...(isLoaded === undefined ? {} : { isLoaded }),
    ...(lastLoadedAtMs === undefined ? {} : { lastLoadedAt: isoTime(lastLoadedAtMs) }),
    ...(lastEvictedAtMs === undefined ? {} : { lastEvictedAt: isoTime(lastEvictedAtMs) }),
  };
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}
