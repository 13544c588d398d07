/** How it is written down: small, since it is written once a minute for each node with a GPU or a model. */
import { isFields } from "@nodekeeper/shared";
import { memoryStepCount } from "./memory-series.ts";
import type { KeptTotals } from "./model-totals.ts";

/** Of a node. */
export interface UsageDocument {
  readonly gpus: readonly KeptGpu[];
  readonly models: readonly (KeptTotals & { readonly model: string })[];
}

/** A GPU. All lists are of the same length, and begin with the step `first`. */
export interface KeptGpu {
  readonly id: string;
  readonly name: string;
  readonly capacityBytes?: number;
  readonly first: number;
  readonly knownSeconds: readonly number[];
  /** By owner key (memory-series.ts). */
  readonly owners: readonly { readonly key: string; readonly mebibytes: readonly number[] }[];
  /** In MiB; null: not known. */
  readonly free: readonly (number | null)[];
}

const ownerKeys = /^(?:ollama|desktop|game|other|unnamed|rest) /;
const mostCells = 31 * 4;

/** Another version of nodekeeper may have written it. By hand: there are thousands of numbers of each node, which typebox looks at for milliseconds. */
export function isUsageDocument(value: unknown): value is UsageDocument {
  return isFields(value) && isListOf(value["gpus"], isGpu) && isListOf(value["models"], isModel);
}

function isGpu(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { id, name, capacityBytes, first, knownSeconds, owners, free } = value;
  const isSteps = (list: unknown): boolean => isCounts(list, memoryStepCount);
  return (
    [id, name].every((text) => typeof text === "string") &&
    (capacityBytes === undefined || typeof capacityBytes === "number") &&
    isCount(first) &&
    isSteps(knownSeconds) &&
    Array.isArray(free) &&
    isSteps(free.map((each) => each ?? 0)) &&
    isListOf(owners, (owner) => isFields(owner) && ownerKeys.test(String(owner["key"])) && isSteps(owner["mebibytes"]))
  );
}

function isModel(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { model, hours, days, lastLoadedAtMs = 0, lastEvictedAtMs = 0 } = value;
  const isCells = (cells: unknown): boolean =>
    isFields(cells) && isCount(cells["first"]) && isCounts(cells["numbers"], mostCells);
  return typeof model === "string" && isCells(hours) && isCells(days) && isCount(lastLoadedAtMs) && isCount(lastEvictedAtMs);
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isCounts(value: unknown, most: number): boolean {
  return Array.isArray(value) && value.length <= most && value.every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
