/**
 * Whether a program that is not Ollama's keeps a GPU: it holds more than a GiB of it, and then for five minutes after it was last seen, since games start
 * anew and training goes in rounds. Pure. While nobody speaks of the GPU, it is as it was.
 */

import { numberField } from "@nodekeeper/shared/fields";
import {
  foreignUsers,
  type GpuReading,
  type GpuUser,
  gpuMemory,
  gpuReadings,
  gpuUsers,
  hasOwnMemory,
  type MachineFacts,
  presentSubjects,
} from "@nodekeeper/shared/readings";
import { isEverydayProgram, isLauncher } from "./everyday-programs.ts";

/** A program that keeps it. */
export interface ProgramHold {
  /** Its program, e.g. Cyberpunk2077.exe. */
  readonly program: string;
  readonly sinceMs: number;
  readonly seenAtMs: number;
}

/** A desktop and its browsers take up to so much, and models go beside them. */
const leastBytes = 2 ** 30;
const staysMs = 300_000;

/** What was, and the facts of now (kinds gpu, gpu_status, gpu_process, ollama_server, ollama_loaded_model) → what is; undefined: nobody keeps it. */
export function followProgram(before: ProgramHold | undefined, facts: MachineFacts, nowMs: number): ProgramHold | undefined {
  const large = foreignUsers(gpuUsers(facts)).filter((user) => isLarge(user, facts));
  const largest = large.find(({ isKnown }) => isKnown);
  if (largest !== undefined) return { program: largest.name, sinceMs: before?.sinceMs ?? nowMs, seenAtMs: nowMs };
  if (before === undefined) return undefined;
  if (nowMs < before.seenAtMs) return { ...before, seenAtMs: nowMs }; // our clock was set back
  // One whose program nobody could look up may be it; it may be Ollama's too, and so it begins nothing.
  const isGone =
    large.length === 0 &&
    (isListWhole(facts) ||
      gpuReadings(facts)
        .filter(hasOwnMemory)
        .every((gpu) => isUnused(gpu, facts)));
  return isGone && mayEnd(before, nowMs) ? undefined : before;
}

/** Whether the time alone may end it: it is not looked at before, while nothing new is said. */
export function mayEnd({ seenAtMs }: ProgramHold, nowMs: number): boolean {
  return nowMs - seenAtMs >= staysMs || nowMs < seenAtMs;
}

function isListWhole({ lists }: MachineFacts): boolean {
  return lists.some(({ kind, isComplete }) => kind === "gpu_process" && isComplete);
}

/** Whether so little is used of it beside Ollama's models that nobody can hold it, where the driver does not name all who do. */
function isUnused(gpu: GpuReading, { subjects }: MachineFacts): boolean {
  const { usedBytes } = gpuMemory(gpu);
  if (gpu.status?.outcome !== "ok" || gpu.status.freshness !== "fresh" || usedBytes === undefined) return false;
  const models = presentSubjects(subjects, "ollama_loaded_model").filter(({ freshness }) => freshness === "fresh");
  return usedBytes - models.reduce((sum, model) => sum + (numberField(model, "sizeVramBytes") ?? 0), 0) <= leastBytes;
}

/** On a card of its own; what is drawn for people does not count. */
function isLarge({ gpuId, name, purpose, memoryUsedBytes = 0 }: GpuUser, facts: MachineFacts): boolean {
  if (memoryUsedBytes <= leastBytes || purpose === "desktop") return false;
  if ((purpose === "other" && isEverydayProgram(name)) || isLauncher(name)) return false;
  const gpu = gpuReadings(facts).find(({ id }) => id === gpuId);
  return gpu === undefined || hasOwnMemory(gpu);
}
