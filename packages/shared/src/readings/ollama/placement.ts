/**
 * Where the models that Ollama has loaded really lie. /api/ps says what Ollama believes, and it has been seen to claim a GPU that it did not
 * use (after a suspend, ollama issues 5464 and 8426). What the driver says is held against it: its list of processes, and where that is not
 * whole, as in a container, the memory that is in use by anybody. A contradiction counts only between readings that can be compared: the
 * driver was asked after Ollama, and the GPU was awake.
 */
import type { SubjectBody } from "../../api/node.ts";
import { formatPercent, formatSize } from "../../format.ts";
import { booleanField, numberField, textField } from "../fields.ts";
import { gpuMemory } from "../gpu/gpu-memory.ts";
import { type GpuReading, gpuReadings, hasOwnMemory, isLent } from "../gpu/gpu-reading.ts";
import { gpuProblem } from "../gpu/gpu-state.ts";
import type { MachineFacts } from "../gpu/gpu-users.ts";

/** gpu: all of it; partly: some layers; cpu: none, as Ollama says; cpu-fallback: none, though Ollama says otherwise. */
export type Placement = "gpu" | "partly" | "cpu" | "cpu-fallback" | "unknown";

/** Where one loaded model lies. */
export interface ModelPlacement {
  /** The model's name, as in /api/ps. */
  readonly model: string;
  readonly placement: Placement;
  /** Of its memory on GPUs, 0-100, as Ollama claims; undefined where it does not say. */
  readonly claimedPercent: number | undefined;
  readonly sizeBytes: number | undefined;
  readonly claimedVramBytes: number | undefined;
  /** Memory of the process that was found to be its own; 0 for cpu-fallback. Undefined where it cannot be told. */
  readonly driverBytes: number | undefined;
  /** That process; undefined where none was found. */
  readonly pid: number | undefined;
  /** In one sentence without a capital and without a full stop. */
  readonly text: string;
}

/**
 * A process that holds less than this part of what a model claims is not that model's. A runner holds what it claims and its own overhead, so
 * half leaves room for all that Ollama estimates wrongly, and a process on the CPU holds nothing or the little that a context takes.
 */
const leastPart = 0.5;

/** The process in which a model runs, and its memory of GPUs. */
interface OwnProcess {
  readonly pid: number;
  readonly bytes: number;
}

/** Of every loaded model, in the order of their names. */
export function placements(facts: MachineFacts): readonly ModelPlacement[] {
  const loaded = facts.subjects
    .filter(({ kind, outcome }) => kind === "ollama_loaded_model" && outcome !== "absent")
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const gpus = gpuReadings(facts).filter((gpu) => gpu.device.outcome !== "absent");
  const matched = matchProcesses(loaded, gpus);
  const matchedBytes = [...matched.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return loaded.map((model) => placementOf(model, matched.get(model), matchedBytes, gpus, facts));
}

function placementOf(
  model: SubjectBody,
  process: OwnProcess | undefined,
  matchedBytes: number,
  gpus: readonly GpuReading[],
  facts: MachineFacts,
): ModelPlacement {
  const driverBytes = process?.bytes;
  const sizeBytes = numberField(model, "sizeBytes");
  const claimedVramBytes = numberField(model, "sizeVramBytes");
  const claimedPercent = percentOf(claimedVramBytes, sizeBytes);
  const said = { model: model.id, claimedPercent, sizeBytes, claimedVramBytes, pid: process?.pid };
  const claim = claimedPercent === undefined ? "its place" : `${formatPercent(claimedPercent)} on the GPU, as Ollama says`;
  const unknown = (why: string): ModelPlacement => ({ ...said, placement: "unknown", driverBytes, text: `${claim}; ${why}` });

  if (model.outcome !== "ok" || model.freshness !== "fresh") return unknown("Ollama was not heard of lately");
  if (claimedPercent === undefined || claimedVramBytes === undefined)
    return unknown("Ollama does not say how much of it is where");
  if (claimedVramBytes === 0) return { ...said, placement: "cpu", driverBytes: 0, text: "on the CPU" };
  if (driverBytes !== undefined) {
    const text = `the driver sees ${formatSize(driverBytes)} of it`;
    if (claimedPercent >= 100) return { ...said, placement: "gpu", driverBytes, text: `on the GPU; ${text}` };
    return { ...said, placement: "partly", driverBytes, text: `${formatPercent(claimedPercent)} on the GPU; ${text}` };
  }
  const doubt = whyIncomparable(model, claimedVramBytes, matchedBytes, gpus, facts);
  if (doubt !== undefined) return unknown(doubt);
  return {
    ...said,
    placement: "cpu-fallback",
    driverBytes: 0,
    text: `on the CPU, though Ollama claims ${formatSize(claimedVramBytes)} of the GPU: its driver knows nothing of that`,
  };
}

/**
 * Which process holds which model: each model runs in one of its own. The pairs that match best in size are taken first, so that a small
 * process is not taken for a large model while the small one is there.
 */
function matchProcesses(loaded: readonly SubjectBody[], gpus: readonly GpuReading[]): ReadonlyMap<SubjectBody, OwnProcess> {
  const byPid = new Map<number, number>();
  for (const { purpose, pid, memoryUsedBytes } of gpus.filter(hasOwnMemory).flatMap(({ users }) => users)) {
    if (purpose === "ollama" && pid !== undefined) byPid.set(pid, (byPid.get(pid) ?? 0) + (memoryUsedBytes ?? 0));
  }
  const pairs = loaded.flatMap((model) => {
    const claimed = numberField(model, "sizeVramBytes") ?? 0;
    if (claimed === 0) return [];
    return [...byPid]
      .filter(([, held]) => held >= claimed * leastPart)
      .map(([pid, held]) => ({ model, pid, held, distance: Math.abs(Math.log(held / claimed)) }));
  });
  const matched = new Map<SubjectBody, OwnProcess>();
  const taken = new Set<number>();
  for (const { model, pid, held } of pairs.toSorted((a, b) => a.distance - b.distance)) {
    if (matched.has(model) || taken.has(pid)) continue;
    matched.set(model, { pid, bytes: held });
    taken.add(pid);
  }
  return matched;
}

/** Why what the driver says proves nothing against what Ollama says of a model; undefined where it does. */
function whyIncomparable(
  model: SubjectBody,
  claimedVramBytes: number,
  matchedBytes: number,
  gpus: readonly GpuReading[],
  facts: MachineFacts,
): string | undefined {
  const own = gpus.filter(hasOwnMemory);
  if (own.length === 0) return gpus.length === 0 ? "no GPU is known" : "what an integrated GPU holds cannot be told";
  const doubt = whyNotSameMoment(
    model,
    own.filter((gpu) => !isWithoutDriver(gpu)),
  );
  if (doubt !== undefined) return doubt;
  // Whoever holds what is in use, this model cannot be among it.
  const usedBytes = usedOf(own.filter((gpu) => !gpu.isAsleep && !isWithoutDriver(gpu)));
  if (usedBytes !== undefined && usedBytes - matchedBytes < claimedVramBytes * leastPart) return undefined;
  const list = facts.lists.find(({ kind }) => kind === "gpu_process");
  if (list?.isComplete !== true) return "the driver does not name all processes";
  const isUnclear = own
    .flatMap(({ users }) => users)
    .some(({ isKnown, purpose, memoryUsedBytes }) => {
      if (memoryUsedBytes === undefined) return purpose === "ollama" || !isKnown;
      return !isKnown && memoryUsedBytes >= claimedVramBytes * leastPart;
    });
  return isUnclear ? "the driver does not say enough of a process that may be its own" : undefined;
}

/** Why the readings of Ollama and of the drivers are not of one moment, in which the model was loaded. */
function whyNotSameMoment(model: SubjectBody, own: readonly GpuReading[]): string | undefined {
  // Nobody holds memory of one that sleeps; where all do, the model may just have been unloaded.
  const awake = own.filter((gpu) => !gpu.isAsleep);
  if (awake.length === 0) return own.length === 0 ? "the GPU has no driver that tells" : "the GPU sleeps";
  const isHeard = awake.every(({ status }) => status?.outcome === "ok" && status.freshness === "fresh");
  if (!isHeard) return "the GPU's driver cannot be asked now";
  if (awake.some((gpu) => booleanField(gpu.status ?? gpu.device, "isMigEnabled") === true))
    return "the GPU is cut into instances";
  const saidAtMs = Date.parse(model.readAt ?? "");
  const expiresAtMs = numberField(model, "expiresAtUnixMs");
  const askedAtMs = own.map(askedAtMsOf);
  if (!askedAtMs.every((atMs) => atMs >= saidAtMs)) return "the driver was not asked since";
  if (expiresAtMs !== undefined && askedAtMs.some((atMs) => atMs >= expiresAtMs)) return "it may have been unloaded since";
  return undefined;
}

/** Ollama has nothing on a GPU whose driver does not compute: an old card beside the one that does. */
function isWithoutDriver({ device, status }: GpuReading): boolean {
  const isMissing = status?.outcome === "failed" && gpuProblem(status.failure) === "driver-missing";
  return isMissing || isLent(textField(device, "driver"));
}

/** When it was known last what somebody holds of it: of one that sleeps, when it was seen asleep. */
function askedAtMsOf({ device, isAsleep, driverReadAtMs }: GpuReading): number {
  const seenAtMs = isAsleep && device.freshness === "fresh" ? Date.parse(device.observedAt ?? "") : driverReadAtMs;
  return seenAtMs === undefined || Number.isNaN(seenAtMs) ? Number.NEGATIVE_INFINITY : seenAtMs;
}

/** Memory in use on all of them, by whomever; undefined where one does not tell. */
function usedOf(gpus: readonly GpuReading[]): number | undefined {
  const used = gpus.map((gpu) => gpuMemory(gpu).usedBytes);
  return used.reduce((sum, bytes) => (sum === undefined || bytes === undefined ? undefined : sum + bytes), 0);
}

/** Undefined where either is unknown, or the size is nothing. */
function percentOf(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : Math.min(100, (part / whole) * 100);
}
