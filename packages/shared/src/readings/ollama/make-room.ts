/**
 * Which models Ollama unloads for another one, and on which GPUs that one lies then. By ollama's server/sched.go of v0.32 (processPending, load,
 * selectLlamaServerPlacement): beside other models one is loaded only where it takes no more than 80 % of what is free, else the first in the order
 * goes, and it is looked at again; where nothing is left it is loaded in any case. It lies on one GPU where 80 % of that one are enough, on the freest;
 * else on all of one maker. On each GPU 1 GiB stays free (the default target of llama.cpp's fit): what does not fit beside that goes to the CPU.
 */
import type { SubjectBody } from "../../api/node.ts";
import { booleanField, innerSubject, numberField } from "../fields.ts";
import type { CandidateGpu } from "./candidate-gpus.ts";
import type { MemoryNeed } from "./memory-need.ts";

/** What is loaded, and what may be. */
export interface LoadedModels {
  readonly server: SubjectBody | undefined;
  /** In the order in which they would go. */
  readonly loaded: readonly SubjectBody[];
  /** So many of them go whatever the room is: the one that is loaded anew. */
  readonly goingCount: number;
}

/** Room for a model as a whole. */
export interface Room {
  /** Where it would lie, the freest first. */
  readonly gpus: readonly CandidateGpu[];
  /** Who goes for that, in their order. */
  readonly unload: readonly SubjectBody[];
  /** False where Ollama would stop unloading before, and leave some of the model to the CPU. */
  readonly isByItself: boolean;
}

/** What llama-server leaves free on each GPU. */
export const marginBytes: number = 2 ** 30;
/** Beside other models. */
const headroomPercent = 80;
/** Models that are loaded at the same time, for each GPU, where it is not set (OLLAMA_MAX_LOADED_MODELS). */
const modelsPerGpu = 3;

type KnownNeed = Extract<MemoryNeed, { readonly kind: "known" }>;

/** Undefined where it does not fit without all of them either. */
export function makeRoom(need: KnownNeed, gpus: readonly CandidateGpu[], models: LoadedModels): Room | undefined {
  const { loaded, goingCount, server } = models;
  const maximum = maximumLoaded(server, gpus.length);
  let isStopped = false;
  for (let count = goingCount; count <= loaded.length; count += 1) {
    const going = loaded.slice(0, count);
    const staying = loaded.slice(count);
    const free = freeWithout(going, gpus, staying.length === 0);
    const chosen = placeOf(need, gpus, free, server);
    const room = sum(chosen, (gpu) => Math.max(0, (free.get(gpu) ?? 0) - marginBytes));
    const isLoading =
      staying.length === 0 || (staying.length < maximum && isWithinHeadroom(need, believedFree(chosen, gpus, free, staying)));
    if (isLoading && need.neededBytes <= room) return { gpus: chosen, unload: going, isByItself: !isStopped };
    isStopped ||= isLoading;
  }
  return undefined;
}

/** Who goes where no GPU counts: as many as more than may be loaded at the same time. */
export function unloadWithoutGpu({ loaded, goingCount, server }: LoadedModels): readonly SubjectBody[] {
  const maximum = maximumLoaded(server, 0);
  return loaded.slice(0, Math.max(goingCount, loaded.length - maximum + 1));
}

/** GPUs of one maker work together. */
export function together(gpus: readonly CandidateGpu[]): readonly (readonly CandidateGpu[])[] {
  return [...Map.groupBy(gpus, ({ vendor }) => vendor).values()];
}

function maximumLoaded(server: SubjectBody | undefined, gpuCount: number): number {
  const settings = server === undefined ? undefined : innerSubject(server, "settings");
  return (settings && numberField(settings, "maximumLoadedModelCount")) || modelsPerGpu * Math.max(1, gpuCount);
}

function placeOf(
  need: KnownNeed,
  gpus: readonly CandidateGpu[],
  free: ReadonlyMap<CandidateGpu, number>,
  server: SubjectBody | undefined,
): readonly CandidateGpu[] {
  const freest = gpus.toSorted((a, b) => (free.get(b) ?? 0) - (free.get(a) ?? 0));
  const isSpread = server !== undefined && booleanField(innerSubject(server, "settings"), "isSpreadOverGpus") === true;
  const [first] = freest;
  if (!isSpread && first !== undefined && isWithinHeadroom(need, free.get(first) ?? 0)) return [first];
  const [largest = []] = together(freest).toSorted(
    (a, b) => sum(b, (gpu) => free.get(gpu) ?? 0) - sum(a, (gpu) => free.get(gpu) ?? 0),
  );
  return largest;
}

/** Ollama takes the lesser of what the driver says and what its own models leave; which of several GPUs a model claims is not told. */
function believedFree(
  chosen: readonly CandidateGpu[],
  all: readonly CandidateGpu[],
  free: ReadonlyMap<CandidateGpu, number>,
  staying: readonly SubjectBody[],
): number {
  const told = sum(chosen, (gpu) => free.get(gpu) ?? 0);
  if (chosen.length < all.length) return told;
  const claimed = sum(staying, (model) => numberField(model, "sizeVramBytes") ?? 0);
  return Math.min(told, Math.max(0, sum(chosen, ({ capacityBytes }) => capacityBytes) - claimed));
}

function isWithinHeadroom({ predictedBytes }: KnownNeed, freeBytes: number): boolean {
  return predictedBytes * 100 <= freeBytes * headroomPercent;
}

/**
 * What is free when these have gone: they give back what they claim, and no more than Ollama's processes hold there, since a model may lie on the CPU
 * or on another GPU; all of that where none stays. Where the driver does not tell it, the claims are believed.
 */
function freeWithout(
  going: readonly SubjectBody[],
  gpus: readonly CandidateGpu[],
  isAll: boolean,
): ReadonlyMap<CandidateGpu, number> {
  let claimed = sum(going, (model) => numberField(model, "sizeVramBytes") ?? 0);
  const freed = (gpu: CandidateGpu): number => {
    const held = Math.max(0, gpu.capacityBytes - gpu.freeBytes);
    if (isAll && gpu.ollamaBytes !== undefined) return Math.min(gpu.ollamaBytes, held);
    const bytes = Math.min(claimed, gpu.ollamaBytes ?? claimed, held);
    claimed -= bytes;
    return bytes;
  };
  return new Map(gpus.map((gpu) => [gpu, gpu.freeBytes + freed(gpu)]));
}

function sum<Element>(elements: readonly Element[], of: (element: Element) => number): number {
  return elements.reduce((total, element) => total + of(element), 0);
}
