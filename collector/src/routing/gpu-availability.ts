/**
 * Whether a GPU is there for a model, or for a program that needs so much memory: now, after something, or not at all. Pure. A GPU that sleeps is there;
 * one of which nobody spoke lately is not known, unless its machine said that it goes.
 */
import type { GpuAvailability, GpuAvailabilityList, GpuReservation } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import {
  canCompute,
  type GpuReading,
  type GpuState,
  gpuMemory,
  gpuReadings,
  gpuState,
  type MachineFacts,
  modelFit,
  modelUse,
  presentSubjects,
  requestSlots,
} from "@nodekeeper/shared/readings";
import type { Freshness } from "../state/freshness.ts";
import { isoTime } from "../state/iso-time.ts";
import { modelOf } from "./model-of.ts";

/** A machine with a GPU. */
export interface GpuMachine {
  readonly node: string;
  readonly freshness: Freshness;
  /** Why it is away, where it said so, or does not answer: "switched off since …"; not there: it is not. */
  readonly away?: string;
  readonly facts: MachineFacts;
  readonly reservation?: GpuReservation;
}

/** What is asked for; nothing: whether it is free at all. */
export interface GpuWish {
  readonly model?: string;
  readonly contextLengthTokens?: number;
  readonly freeBytes?: number;
}

/** The best first. */
const verdicts: readonly GpuAvailability["verdict"][] = [
  "now",
  "after-waking",
  "after-unload",
  "taken",
  "reserved",
  "unknown",
  "off",
  "never",
];

/** All GPUs that were judged for a wish, the best first, and the answer in one sentence. */
export type JudgedGpus = Pick<GpuAvailabilityList, "text" | "gpus">;

/** Judges the GPUs of a machine that compute. `nowMs` is ms since 1970. */
export function machineAvailability(machine: GpuMachine, wish: GpuWish, nowMs: number): readonly GpuAvailability[] {
  return gpuReadings(machine.facts)
    .filter(({ device }) => canCompute(textField(device, "vendor")))
    .map((gpu) => availabilityOf(gpu, machine, wish, nowMs));
}

/** The answer, of all machines. */
export function judgedGpus(judged: readonly GpuAvailability[], wish: GpuWish): JudgedGpus {
  const gpus = judged.toSorted(byVerdict);
  return { text: summary(gpus, wish), gpus };
}

/** The answer with the best `limit` GPUs; the others are counted. */
export function shownGpus({ text, gpus }: JudgedGpus, limit: number): GpuAvailabilityList {
  const shown = gpus.slice(0, limit);
  const counts = Object.fromEntries(
    [...Map.groupBy(gpus, ({ verdict }) => verdict)].map(([verdict, { length }]) => [verdict, length]),
  );
  return { text, gpus: shown, leftOut: gpus.length - shown.length, counts };
}

function availabilityOf(gpu: GpuReading, machine: GpuMachine, wish: GpuWish, nowMs: number): GpuAvailability {
  const { node, freshness, reservation } = machine;
  const state = gpuState(gpu, machine.facts, nowMs);
  const { usableBytes, freeBytes } = gpuMemory(gpu);
  const judged = judge(gpu, state, machine, wish, nowMs);
  const isMemoryKnown = state.verdict !== "unavailable" && state.verdict !== "unknown";
  return {
    ...{ node, gpuId: gpu.id, name: gpu.name, freshness, unload: [] },
    ...(state.readAt === undefined ? {} : { readAt: state.readAt }),
    ...(freeBytes === undefined || !isMemoryKnown ? {} : { freeBytes }),
    ...(usableBytes === undefined ? {} : { capacityBytes: usableBytes }),
    ...(reservation?.until === undefined ? {} : { reservedUntil: reservation.until }),
    ...judged,
  };
}

type Judged = Pick<GpuAvailability, "verdict" | "text"> &
  Partial<Pick<GpuAvailability, "unload" | "unloadLastUsedAt" | "neededBytes" | "slots">>;

function judge(gpu: GpuReading, state: GpuState, machine: GpuMachine, wish: GpuWish, nowMs: number): Judged {
  const { away, reservation } = machine;
  if (away !== undefined) return { verdict: "off", text: `its machine is away: ${away}` };
  if (state.verdict === "unavailable") return { verdict: "never", text: state.text };
  if (wish.model !== undefined && hasNot(machine, wish.model)) return { verdict: "never", text: noModelText(wish.model) };
  if (reservation !== undefined) return { verdict: "reserved", text: reservationText(reservation) };
  if (state.verdict === "unknown") return { verdict: "unknown", text: state.text };
  if (wish.model !== undefined) return judgeModel(gpu, state, machine, wish.model, wish.contextLengthTokens, nowMs);
  return judgeMemory(gpu, state, wish.freeBytes);
}

function judgeModel(
  gpu: GpuReading,
  state: GpuState,
  { facts }: GpuMachine,
  wanted: string,
  contextLengthTokens: number | undefined,
  nowMs: number,
): Judged {
  const model = modelOf(facts, wanted);
  if (model === undefined) return { verdict: "unknown", text: "which models its Ollama has is not known" };
  const fit = modelFit(model, facts, nowMs, contextLengthTokens);
  const slots = requestSlots(model, presentSubjects(facts.subjects, "ollama_server")[0]);
  const needed = {
    ...(fit.neededBytes === undefined ? {} : { neededBytes: fit.neededBytes }),
    ...(slots === undefined ? {} : { slots }),
  };
  if (fit.gpuId !== undefined && fit.gpuId !== gpu.id)
    return { verdict: "never", text: `Ollama would put it on the GPU at ${fit.gpuId}`, ...needed };
  switch (fit.answer) {
    case "now":
      return { verdict: state.verdict === "asleep" ? "after-waking" : "now", text: fit.text, ...needed };
    case "after-unload":
      return { verdict: "after-unload", text: fit.text, unload: [...fit.unload], ...lastUse(facts, fit.unload), ...needed };
    case "without-others":
      return { verdict: "taken", text: fit.text, ...needed };
    case "never":
      return { verdict: "never", text: fit.text, ...needed };
    case "unknown":
      return { verdict: "unknown", text: `it cannot be told without ${fit.missing.join(" and ")}`, ...needed };
  }
}

/** Of the one that was used latest; nothing where that is not known of one of them. */
function lastUse({ subjects }: MachineFacts, unload: readonly string[]): Pick<GpuAvailability, "unloadLastUsedAt"> {
  const [server] = presentSubjects(subjects, "ollama_server");
  const used = presentSubjects(subjects, "ollama_loaded_model")
    .filter(({ id }) => unload.includes(id))
    .flatMap((loaded) => modelUse(loaded, server).lastUsedAtMs ?? []);
  return used.length === unload.length ? { unloadLastUsedAt: isoTime(Math.max(...used)) } : {};
}

/** Whether it is known that the machine does not have the model. */
function hasNot({ facts, freshness }: GpuMachine, model: string): boolean {
  const isListed = facts.lists.some(({ kind, isComplete }) => kind === "ollama_model" && isComplete);
  return freshness === "fresh" && isListed && modelOf(facts, model) === undefined;
}

function noModelText(model: string): string {
  return `its Ollama does not have ${model}`;
}

/** For programs that are not Ollama's, which does not make room for them by itself. */
function judgeMemory(gpu: GpuReading, state: GpuState, wanted: number | undefined): Judged {
  const { usableBytes, freeBytes } = gpuMemory(gpu);
  if (wanted !== undefined) {
    if (usableBytes === undefined) return { verdict: "unknown", text: "how much memory it has is not known" };
    if (wanted > usableBytes)
      return { verdict: "never", text: `it has ${formatSize(usableBytes)}, and ${formatSize(wanted)} are wanted` };
    if (state.verdict === "asleep") return { verdict: "after-waking", text: state.text };
    if (freeBytes === undefined) return { verdict: "unknown", text: "how much of its memory is free is not known" };
    if (freeBytes < wanted)
      return { verdict: "taken", text: `${formatSize(freeBytes)} are free, and ${formatSize(wanted)} are wanted: ${state.text}` };
    return { verdict: "now", text: state.text };
  }
  if (state.verdict === "asleep") return { verdict: "after-waking", text: state.text };
  return { verdict: state.verdict === "free" ? "now" : "taken", text: state.text };
}

function reservationText({ by, reason, until }: GpuReservation): string {
  const why = reason === "" ? "" : ` (${reason})`;
  return `kept for ${by}${why}${until === undefined ? "" : ` until ${until.slice(0, 16).replace("T", " ")} UTC`}`;
}

function byVerdict(a: GpuAvailability, b: GpuAvailability): number {
  return (
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    byLastUse(a, b) ||
    a.unload.length - b.unload.length ||
    (b.freeBytes ?? 0) - (a.freeBytes ?? 0) ||
    (a.node < b.node ? -1 : a.node > b.node ? 1 : 0) ||
    (a.gpuId < b.gpuId ? -1 : 1)
  );
}

/** Rather what was used longest ago; what nobody knows of may be in use. */
function byLastUse(a: GpuAvailability, b: GpuAvailability): number {
  if (a.unload.length === 0 || b.unload.length === 0) return 0;
  const [usedA = "unknown", usedB = "unknown"] = [a.unloadLastUsedAt, b.unloadLastUsedAt];
  return usedA < usedB ? -1 : usedA > usedB ? 1 : 0;
}

function summary(gpus: readonly GpuAvailability[], { model, freeBytes }: GpuWish): string {
  const able = model === undefined ? gpus : gpus.filter(({ text }) => text !== noModelText(model));
  const [best] = able;
  const what = model ?? (freeBytes === undefined ? "work" : `a program that needs ${formatSize(freeBytes)}`);
  if (best === undefined) return gpus.length === 0 ? "no machine with a GPU is known" : `no machine with a GPU has ${what}`;
  const where = `the ${best.name} of ${best.node}`;
  switch (best.verdict) {
    case "now":
      return `${where} is free for ${what} now: ${best.text}`;
    case "after-waking":
      return `${where} can take ${what} after it woke: ${best.text}`;
    case "after-unload":
      return `${where} can take ${what} when ${best.unload.join(", ")} ${best.unload.length === 1 ? "is" : "are"} unloaded`;
    default:
      return `no GPU is free for ${what}; closest is ${where}: ${best.text}`;
  }
}
