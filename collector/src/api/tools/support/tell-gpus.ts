/** GPUs as tools tell of them. */
import type { GpuAvailability } from "@nodekeeper/shared/api";
import { mostItems } from "./render-answer.ts";
import type { ToolAnswer } from "./tool.ts";

const gibibyte = 2 ** 30;

/** So much memory in bytes. */
export function bytesOfGib(gib: number): number {
  return gib * gibibyte;
}

/** GPUs in few words: as many as an answer can have. */
export function gpuList(gpus: readonly GpuAvailability[], nowMs: number): NonNullable<ToolAnswer["list"]> {
  return { name: "gpus", items: gpus.slice(0, mostItems).map((gpu) => gpuItem(gpu, nowMs)), total: gpus.length };
}

/** A GPU in few words. What is not known is left out. */
function gpuItem(gpu: GpuAvailability, nowMs: number): object {
  const {
    node,
    name,
    verdict,
    text,
    freeBytes,
    capacityBytes,
    neededBytes,
    unload,
    unloadLastUsedAt,
    slots,
    reservedUntil,
    freshness,
  } = gpu;
  return {
    ...{ node, gpu: name, verdict, why: text },
    ...(freeBytes === undefined ? {} : { free_gib: inGib(freeBytes) }),
    ...(capacityBytes === undefined ? {} : { usable_gib: inGib(capacityBytes) }),
    ...(neededBytes === undefined ? {} : { needed_gib: inGib(neededBytes) }),
    ...(unload.length === 0 ? {} : { unloads: unload.slice(0, 4) }),
    ...(unloadLastUsedAt === undefined ? {} : { those_used_seconds_ago: secondsAgo(unloadLastUsedAt, nowMs) }),
    ...(slots === undefined ? {} : { requests_at_once: slots }),
    ...(reservedUntil === undefined ? {} : { reserved_until: reservedUntil }),
    ...{ freshness, ...readAge(gpu, nowMs) },
  };
}

/** "; its driver was asked 12 s ago", for the sentence about the best one. */
export function freshnessText(gpu: GpuAvailability | undefined, nowMs: number): string {
  if (gpu === undefined) return "";
  if (gpu.freshness !== "fresh") return `; what is known of ${gpu.node} is old`;
  const { read_seconds_ago: seconds } = readAge(gpu, nowMs);
  return seconds === undefined ? "" : `; read ${seconds} s ago`;
}

function readAge({ readAt }: GpuAvailability, nowMs: number): { readonly read_seconds_ago?: number } {
  return readAt === undefined ? {} : { read_seconds_ago: secondsAgo(readAt, nowMs) };
}

function secondsAgo(timestamp: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(timestamp)) / 1000));
}

/** Bytes in GiB, to one decimal. */
export function inGib(bytes: number): number {
  return Math.round((bytes / gibibyte) * 10) / 10;
}
