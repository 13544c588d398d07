/**
 * Whether a model on disk would lie on the GPU as a whole if it were asked for now. Ollama itself loads the first model whatever its size and
 * silently leaves to the CPU what does not fit, so "does not fit" means: slow. Who goes for it, and where it lies then: make-room.ts.
 */
import type { SubjectBody } from "../../api/node.ts";
import { formatPercent, formatSize } from "../../format.ts";
import { booleanField, numberField } from "../fields.ts";
import type { MachineFacts } from "../gpu/gpu-users.ts";
import { userText } from "../gpu/gpu-users.ts";
import { presentSubjects } from "../subjects.ts";
import { type CandidateGpu, type Candidates, candidateGpus } from "./candidate-gpus.ts";
import { isSame } from "./loaded-model-of.ts";
import { type LoadedModels, makeRoom, marginBytes, type Room, together, unloadWithoutGpu } from "./make-room.ts";
import { memoryNeed } from "./memory-need.ts";
import { unloadOrder } from "./unload-order.ts";

/**
 * now: it fits, or is loaded, or runs elsewhere. after-unload: when others are unloaded, which Ollama does by itself unless the text says otherwise.
 * without-others: only when programs that are not Ollama's give memory back. never: the GPU is too small for it, or there is none.
 */
export type FitAnswer = "now" | "after-unload" | "without-others" | "never" | "unknown";

/** The answer, with the numbers behind it. Bytes. */
export interface ModelFit {
  readonly model: string;
  readonly answer: FitAnswer;
  /** In one sentence without a capital and without a full stop. */
  readonly text: string;
  /** What the model takes; left out where it is not known. */
  readonly neededBytes?: number;
  /** What models can have of the GPU now, and when nobody else holds anything: of the one that it would lie on, or of several together. */
  readonly freeBytes?: number;
  readonly capacityBytes?: number;
  /** Not there where it would lie on several. */
  readonly gpuId?: string;
  /** Context of one request that this was reckoned with, in tokens. */
  readonly contextLengthTokens?: number;
  /** Models that would go, in the order in which they do. */
  readonly unload: readonly string[];
  /** What would have to be known. */
  readonly missing: readonly string[];
}

/** Of every model on disk, in the order of their names; `contextLengthTokens` as in modelFit. */
export function modelFits(facts: MachineFacts, nowMs: number, contextLengthTokens?: number): readonly ModelFit[] {
  const situation = situationOf(facts, nowMs);
  return presentSubjects(facts.subjects, "ollama_model")
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((model) => fitIn(situation, model, contextLengthTokens));
}

/** Of one model; `contextLengthTokens` where another context is asked for than the server takes by itself. */
export function modelFit(model: SubjectBody, facts: MachineFacts, nowMs: number, contextLengthTokens?: number): ModelFit {
  return fitIn(situationOf(facts, nowMs), model, contextLengthTokens);
}

/** What all models of a machine find. */
interface Situation {
  readonly candidates: Candidates;
  readonly server: SubjectBody | undefined;
  /** In the order in which Ollama unloads. */
  readonly loaded: readonly SubjectBody[];
  readonly isLoadedListWhole: boolean;
  /** On disk. */
  readonly models: readonly SubjectBody[];
}

function situationOf(facts: MachineFacts, nowMs: number): Situation {
  const [server] = presentSubjects(facts.subjects, "ollama_server");
  const loaded = presentSubjects(facts.subjects, "ollama_loaded_model").filter(
    ({ outcome, freshness }) => outcome === "ok" && freshness === "fresh",
  );
  const models = presentSubjects(facts.subjects, "ollama_model");
  return {
    candidates: candidateGpus(facts, server, nowMs),
    server,
    loaded: unloadOrder(loaded, models, server),
    models,
    isLoadedListWhole: facts.lists.some((list) => list.kind === "ollama_loaded_model" && list.isComplete),
  };
}

function fitIn(situation: Situation, model: SubjectBody, contextLengthTokens: number | undefined): ModelFit {
  const { candidates, server } = situation;
  const gpus = candidates.kind === "known" ? candidates.gpus : [];
  const totalVramBytes = candidates.kind === "unknown" ? undefined : sum(gpus, "capacityBytes");
  const asked = contextLengthTokens === undefined ? {} : { contextLengthTokens };
  const need = memoryNeed(model, { server, totalVramBytes, ...asked });
  const answer = (kind: FitAnswer, text: string, more: Partial<ModelFit> = {}): ModelFit => ({
    ...{ model: model.id, answer: kind, text, unload: [], missing: [] },
    ...(need.kind === "known" ? { neededBytes: need.neededBytes, contextLengthTokens: need.contextLengthTokens } : {}),
    ...more,
  });

  if (need.kind === "nothing") return answer("now", "it runs elsewhere and takes no memory here");
  const same = situation.loaded.find((loaded) => isSame(loaded, model, situation.models));
  // With another context it would be unloaded and loaded anew.
  const wanted = need.kind === "known" ? need.contextLengthTokens : contextLengthTokens;
  const isAsAsked = contextLengthTokens === undefined || (same && numberField(same, "contextLengthTokens")) === wanted;
  const least = need.kind === "known" ? need.neededBytes : need.leastBytes;
  if (same !== undefined && isAsAsked) {
    const where = placeText(same);
    const most = largestOf(candidates.kind === "known" ? gpus : []);
    // Whoever loaded it there did so onto a card that is too small for it.
    const isTooLarge = where !== "" && candidates.kind === "known" && candidates.unread.length === 0;
    if (isTooLarge && most !== undefined && least !== undefined && least > capacityOf(most))
      return answer("never", `it is loaded${where}: ${tooSmallText(least, most)}`, numbersOf(most));
    return answer("now", `it is loaded${where}`);
  }
  if (server !== undefined && booleanField(server, "isRunning") === false) return unknown(answer, ["whether Ollama would run"]);
  const models = loadedModels(situation, same);
  if (candidates.kind === "none") {
    const unload = situation.isLoadedListWhole ? unloadWithoutGpu(models).map(({ id }) => id) : [];
    return answer("never", candidates.why, { unload });
  }
  if (candidates.kind === "unknown") {
    // One that is too small is so whatever goes on there.
    const most = largestOf(candidates.empty ?? []);
    if (most === undefined || least === undefined || least <= capacityOf(most)) return unknown(answer, candidates.missing);
    return answer("never", tooSmallText(least, most), { capacityBytes: sum(most, "capacityBytes") });
  }
  const largest = largestOf(gpus);
  if (largest === undefined) return unknown(answer, ["the GPUs"]);
  // Where it does not fit, it may on one of those.
  const unread = candidates.unread.map((name) => `the memory of ${name}`);
  if (least !== undefined && least > capacityOf(largest)) {
    if (unread.length > 0) return unknown(answer, unread);
    return answer("never", tooSmallText(least, largest), numbersOf(largest));
  }
  if (need.kind === "unknown") return unknown(answer, need.missing);
  if (!situation.isLoadedListWhole) return unknown(answer, ["which models are loaded"]);
  const room = makeRoom(need, gpus, models);
  if (room !== undefined) {
    const kind = room.unload.length > 0 ? "after-unload" : "now";
    const unload = room.unload.map(({ id }) => id);
    return answer(kind, roomText(need.neededBytes, room, gpus.length), { ...numbersOf(room.gpus), unload });
  }
  if (unread.length > 0) return unknown(answer, unread);
  return answer("without-others", withoutOthersText(need.neededBytes, largest), numbersOf(largest));
}

/** One that is loaded anew goes before all others. */
function loadedModels({ loaded, server }: Situation, anew: SubjectBody | undefined): LoadedModels {
  if (anew === undefined) return { loaded, server, goingCount: 0 };
  return { loaded: [anew, ...loaded.filter((each) => each !== anew)], server, goingCount: 1 };
}

/** As Ollama says: "" for one that is on the GPU as a whole, or of which it does not say. */
function placeText(loaded: SubjectBody): string {
  const size = numberField(loaded, "sizeBytes");
  const vram = numberField(loaded, "sizeVramBytes");
  if (size === undefined || vram === undefined || size <= 0 || vram >= size) return "";
  return vram === 0 ? " on the CPU" : `, ${formatPercent((vram / size) * 100)} of it on the GPU`;
}

/** The one, or those of one maker together, on which there is most room. */
function largestOf(gpus: readonly CandidateGpu[]): readonly CandidateGpu[] | undefined {
  return [...gpus.map((gpu) => [gpu]), ...together(gpus)].toSorted((a, b) => capacityOf(b) - capacityOf(a))[0];
}

/** Of all that a model can have on these. */
function capacityOf(gpus: readonly CandidateGpu[]): number {
  return sum(gpus, "capacityBytes") - gpus.length * marginBytes;
}

function tooSmallText(neededBytes: number, gpus: readonly CandidateGpu[]): string {
  const isOne = gpus.length === 1;
  const where = isOne ? "" : `, not even on ${gpus.length} GPUs together`;
  const has = `${isOne ? "it has" : "they have"} ${formatSize(sum(gpus, "capacityBytes"))} of which ${formatSize(marginBytes)} `;
  return `it needs ${formatSize(neededBytes)} and does not fit whole${where}: ${has}${isOne ? "stay" : "each stay"} free`;
}

function roomText(neededBytes: number, { gpus, unload, isByItself }: Room, gpuCount: number): string {
  const onThose = gpus.length > 1 ? ` on ${gpus.length} GPUs together` : gpuCount > 1 ? " on one GPU" : "";
  const needs = `it needs ${formatSize(neededBytes)}`;
  const names = unload.map(({ id }) => id).join(", ");
  if (!isByItself) {
    const itself = "which Ollama does not do by itself: it would leave some of it to the CPU";
    return `${needs} and fits${onThose} only when ${names} ${unload.length === 1 ? "is" : "are"} unloaded, ${itself}`;
  }
  if (unload.length > 0) return `${needs} and fits${onThose} when Ollama has unloaded ${names}`;
  const wake = gpus.some(({ isAsleep }) => isAsleep) ? "; the GPU sleeps and would wake" : "";
  return `${needs} and fits${onThose}: ${formatSize(sum(gpus, "freeBytes"))} are free${wake}`;
}

function withoutOthersText(neededBytes: number, gpus: readonly CandidateGpu[]): string {
  const others = gpus.flatMap((gpu) => gpu.others).toSorted((a, b) => (b.memoryUsedBytes ?? 0) - (a.memoryUsedBytes ?? 0));
  const who = others.slice(0, 3).map(userText).join(", ");
  const needs = `it needs ${formatSize(neededBytes)} and does not fit whole now (${formatSize(sum(gpus, "freeBytes"))} are free)`;
  return who === "" ? `${needs}: something else holds the memory` : `${needs}; it would without ${who}`;
}

function unknown(
  answer: (kind: FitAnswer, text: string, more: Partial<ModelFit>) => ModelFit,
  missing: readonly string[],
): ModelFit {
  return answer("unknown", `not known: ${missing.join(", ")}`, { missing });
}

function numbersOf(gpus: readonly CandidateGpu[]): Partial<ModelFit> {
  const [first] = gpus;
  const one = gpus.length === 1 && first !== undefined ? { gpuId: first.id } : {};
  return { freeBytes: sum(gpus, "freeBytes"), capacityBytes: sum(gpus, "capacityBytes"), ...one };
}

function sum(gpus: readonly CandidateGpu[], key: "freeBytes" | "capacityBytes"): number {
  return gpus.reduce((total, gpu) => total + gpu[key], 0);
}
