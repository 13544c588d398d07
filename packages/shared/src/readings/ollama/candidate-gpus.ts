/** Which GPUs Ollama may load models into, and whether they are known well enough to say what fits. */
import type { SubjectBody } from "../../api/node.ts";
import { booleanField, innerSubject, numberField, textField, textsField } from "../fields.ts";
import { gpuMemory } from "../gpu/gpu-memory.ts";
import { type GpuReading, gpuReadings, hasOwnMemory } from "../gpu/gpu-reading.ts";
import { gpuState } from "../gpu/gpu-state.ts";
import { foreignUsers, type GpuUser, type MachineFacts, memoryOf } from "../gpu/gpu-users.ts";

/** A GPU that models can be loaded into. Bytes. */
export interface CandidateGpu {
  readonly id: string;
  readonly name: string;
  /** Its maker: only GPUs of one maker hold a model together. */
  readonly vendor: string;
  /** What models can have when nobody else holds anything: without the driver's share and without what Ollama leaves free. */
  readonly capacityBytes: number;
  /** What they can have now, without what Ollama leaves free. */
  readonly freeBytes: number;
  /** What Ollama's processes hold of it; undefined where the driver does not tell. */
  readonly ollamaBytes: number | undefined;
  /** Who holds some of it and is not Ollama, most first. */
  readonly others: readonly GpuUser[];
  readonly isAsleep: boolean;
}

/** The GPUs, or why none can be judged: there surely is none, or it is not known. */
export type Candidates =
  | {
      readonly kind: "known";
      readonly gpus: readonly CandidateGpu[];
      /** Names of GPUs of which nothing is known, not even whether they have memory of their own: there may be more room. */
      readonly unread: readonly string[];
    }
  | { readonly kind: "none"; readonly why: string }
  | {
      readonly kind: "unknown";
      readonly missing: readonly string[];
      /** The GPUs in question as they are when nobody holds anything, by what was read of them once; not there where that is not known of all. */
      readonly empty?: readonly CandidateGpu[];
    };

/** All of them, the one with most free memory first. */
export function candidateGpus(facts: MachineFacts, server: SubjectBody | undefined, nowMs: number): Candidates {
  const readings = gpuReadings(facts).filter(({ device }) => !(device.outcome === "absent" && device.freshness === "fresh"));
  const isListWhole = facts.lists.some((list) => list.kind === "gpu" && list.isComplete);
  const settings = server === undefined ? undefined : innerSubject(server, "settings");
  const overheadBytes = (settings && numberField(settings, "gpuOverheadBytes")) ?? 0;
  const own = readings.filter(hasOwnMemory);
  if (own.length === 0 && readings.length > 0) return { kind: "unknown", missing: ["what an integrated GPU can take"] };
  if (own.length === 0)
    return isListWhole ? { kind: "none", why: "there is no GPU" } : { kind: "unknown", missing: ["the GPUs"] };
  const visible = visibleGpus(own, settings);
  if (visible === undefined) return { kind: "unknown", missing: ["which GPUs the server sees"] };
  if (visible.length === 0) return { kind: "none", why: "the server's settings hide the GPU" };
  const judged = visible.map((gpu) => ({ gpu, state: gpuState(gpu, facts, nowMs) }));
  const usable = judged.filter(({ state }) => state.verdict !== "unavailable");
  const [lost] = judged;
  if (usable.length === 0) return { kind: "none", why: lost?.state.text ?? "there is no GPU" };
  const known = usable.flatMap(({ gpu, state }) => (state.verdict === "unknown" ? [] : candidateOf(gpu, overheadBytes)));
  const unread = usable.filter(({ gpu }) => known.every(({ id }) => id !== gpu.id)).map(({ gpu }) => gpu);
  // The one in the processor sleeps beside the card, and until it was seen awake nobody knows that it is one.
  const areMinor = unread.every(({ device }) => booleanField(device, "isIntegrated") === undefined);
  if (known.length === 0 || !areMinor) {
    const empty = usable.flatMap(({ gpu }) => emptyCandidateOf(gpu, overheadBytes));
    const isSizeKnown = empty.length === usable.length;
    return { kind: "unknown", missing: ["the memory of the GPU"], ...(isSizeKnown ? { empty } : {}) };
  }
  return {
    kind: "known",
    gpus: known.toSorted((a, b) => b.freeBytes - a.freeBytes || (a.id < b.id ? -1 : 1)),
    unread: unread.map(({ name }) => name),
  };
}

/** How large a GPU is does not get old. */
function emptyCandidateOf(gpu: GpuReading, overheadBytes: number): readonly CandidateGpu[] {
  const { usableBytes } = gpuMemory(gpu);
  if (usableBytes === undefined || booleanField(gpu.status ?? gpu.device, "isMigEnabled") === true) return [];
  const bytes = Math.max(0, usableBytes - overheadBytes);
  return [
    {
      ...{ id: gpu.id, name: gpu.name, vendor: textField(gpu.device, "vendor") },
      ...{ capacityBytes: bytes, freeBytes: bytes, ollamaBytes: 0, others: [], isAsleep: gpu.isAsleep },
    },
  ];
}

function candidateOf(gpu: GpuReading, overheadBytes: number): readonly CandidateGpu[] {
  const { usableBytes, freeBytes } = gpuMemory(gpu);
  if (usableBytes === undefined || freeBytes === undefined || booleanField(gpu.status ?? gpu.device, "isMigEnabled") === true) {
    return [];
  }
  const ollama = gpu.users.filter(({ purpose }) => purpose === "ollama");
  return [
    {
      id: gpu.id,
      name: gpu.name,
      vendor: textField(gpu.device, "vendor"),
      capacityBytes: Math.max(0, usableBytes - overheadBytes),
      freeBytes: Math.max(0, freeBytes - overheadBytes),
      ollamaBytes: gpu.isUserListWhole || gpu.isAsleep ? memoryOf(ollama) : undefined,
      others: foreignUsers(gpu.users),
      isAsleep: gpu.isAsleep,
    },
  ];
}

/**
 * By CUDA_VISIBLE_DEVICES and its like, each of which speaks of one vendor's: uuids are understood; numbers only where there is one GPU, since
 * their order is the driver's.
 */
function visibleGpus(gpus: readonly GpuReading[], settings: SubjectBody | undefined): readonly GpuReading[] | undefined {
  const said = settings === undefined ? [] : textsField(settings, "visibleDevices");
  let visible = gpus;
  for (const setting of said) {
    const names = setting
      .slice(setting.indexOf("=") + 1)
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    const vendor = setting.startsWith("CUDA_") ? "nvidia" : "amd";
    const isMeant = ({ device }: GpuReading): boolean => textField(device, "vendor") === vendor;
    const isHidden = names.length === 0 || names[0] === "-1";
    const areUuids = names.every((name) => /^(?:GPU|MIG)-/.test(name));
    if (!isHidden && !areUuids && gpus.filter(isMeant).length > 1) return undefined;
    if (isHidden) visible = visible.filter((gpu) => !isMeant(gpu));
    else if (areUuids) visible = visible.filter((gpu) => !isMeant(gpu) || names.some((name) => uuidOf(gpu).startsWith(name)));
  }
  return visible;
}

function uuidOf({ status }: GpuReading): string {
  return status === undefined ? "" : textField(status, "uuid");
}
