/**
 * Where a request for a model goes, and why. Pure. A server is asked that has the model loaded as it is wanted; else one where it fits beside what is
 * there; else one that sleeps; else one that must unload others. Where a model would lie partly on the CPU it does not go while anybody can take it whole,
 * and onto a card that is too small for it never: Ollama would load it all the same, and be slow without a word (facts: sched.go, requireFull=false for
 * the first model).
 */

import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField } from "@nodekeeper/shared/fields";
import { type ModelUse, presentSubjects, requestSlots } from "@nodekeeper/shared/readings";
import type { Backend, Role } from "./backend.ts";
import { modelOf } from "./model-of.ts";
import { type JudgedStanding, type LoadedAs, type Standing, standingOf, standings } from "./standing.ts";

/** What is asked for. */
export interface RouteRequest {
  /** As a client writes it: granite4:3b, llama3.2 (which is :latest). */
  readonly model: string;
  readonly role: Role;
  /** Where the client asks for another context than the server's own, in tokens. */
  readonly contextLengthTokens?: number;
  /**
   * sha256 of the only weights whose embeddings may be compared with those that are stored; not there: that of most servers for embeddings, whether or
   * not they answer now, so that nobody's falling silent leads to other weights.
   */
  readonly digest?: string;
}

/** The answer. */
export interface Route {
  /** Name of the server; not there: none can take it. */
  readonly backend?: string;
  /** In one sentence without a capital and without a full stop. */
  readonly text: string;
  /** All servers, the best first; those that are left out come last. */
  readonly candidates: readonly Candidate[];
}

/** A server and the request. */
export interface Candidate {
  readonly backend: string;
  readonly standing: Standing;
  /** Why, in one sentence. */
  readonly text: string;
  /** Models that would go, in their order, and when each was used last. */
  readonly wouldUnload: readonly ModelUse[];
  /** How many requests for this model it answers at once; not there: not known. */
  readonly slots?: number;
  readonly isStale: boolean;
}

/** Why a server is left out that surely cannot take it. */
const noModel = "it does not have the model";

/** Judges all servers. `nowMs` is ms since 1970; `judgeOf` is judge, or what remembers what that said. */
export function routeOf(request: RouteRequest, backends: readonly Backend[], nowMs: number, judgeOf: Judge = judge): Route {
  const judged = backends.map((backend) => judgeOf(request, backend, nowMs));
  const ordered = judged.toSorted(byPreference);
  const candidates = request.role === "embeddings" ? sameDigestOnly(request, ordered) : ordered;
  const shown = candidates.map(({ candidate }) => candidate);
  const [best] = shown;
  if (best === undefined) return { text: "no Ollama server is known", candidates: [] };
  if (shown.every(({ text }) => text === noModel)) return { text: `no Ollama server has ${request.model}`, candidates: shown };
  if (best.standing === "left-out") return { text: `no server can take ${request.model}: ${whyNone(shown)}`, candidates: shown };
  return { backend: best.backend, text: `${request.model} goes to ${best.backend}: ${best.text}`, candidates: shown };
}

/** How one server is judged. */
export type Judge = (request: RouteRequest, backend: Backend, nowMs: number) => Judged;

/** A server and the request, with what decides between equals. */
export interface Judged {
  readonly candidate: Candidate;
  readonly digest: string;
  /** Whether the policy has it for such requests, as far as is known. */
  readonly isOfRole: boolean;
  /** Free memory decides between equals. */
  readonly freeBytes: number;
  readonly isSlowed: boolean;
  readonly loaded: LoadedAs;
  readonly isGpuKnown: boolean;
  /** When the one of those that would go was used last that was used latest: how much it would be missed. */
  readonly missedMs: number;
}

/** Judges one server. */
export function judge(request: RouteRequest, backend: Backend, nowMs: number): Judged {
  const model = modelOf(backend.facts, request.model);
  const obstacle = obstacleOf(request, backend, model);
  const { standing, text, wouldUnload, freeBytes, loaded } =
    obstacle === undefined && model !== undefined
      ? standingOf(model, backend, request.contextLengthTokens, nowMs)
      : leftOut(obstacle ?? noModel);
  const slots = model && requestSlots(model, presentSubjects(backend.facts.subjects, "ollama_server")[0]);
  return {
    candidate: {
      ...{ backend: backend.name, standing, text, wouldUnload, isStale: backend.isStale },
      ...(slots === undefined ? {} : { slots }),
    },
    digest: model === undefined ? "" : textField(model, "digest"),
    isOfRole: backend.roles[request.role].word !== "no",
    ...{ freeBytes, loaded },
    isGpuKnown: backend.gpus.length > 0,
    isSlowed: backend.slowedSinceMs !== undefined,
    missedMs: Math.max(...wouldUnload.map(missedMs), Number.NEGATIVE_INFINITY),
  };
}

function leftOut(text: string): JudgedStanding {
  return { standing: "left-out", text, wouldUnload: [], freeBytes: 0, loaded: "no" };
}

/** Somebody wants one that is kept for ever to stay; one of which nothing is known may be in use. */
function missedMs({ isKept, isInUse, lastUsedAtMs }: ModelUse): number {
  if (isKept) return Number.POSITIVE_INFINITY;
  return isInUse || lastUsedAtMs === undefined ? Number.MAX_SAFE_INTEGER : lastUsedAtMs;
}

/** Why a server gets no request of this kind at all. */
function obstacleOf({ role }: RouteRequest, backend: Backend, model: SubjectBody | undefined): string | undefined {
  const { reach, reservation } = backend;
  const word = backend.roles[role];
  // Then nothing else matters.
  if (model === undefined && backend.witness !== "nobody" && !backend.isStale) return noModel;
  if (word.word === "no") return `it is not for ${role}: ${word.because}`;
  if (word.word === "undecided") return `whether it is for ${role} is not known: ${word.because}`;
  if (backend.url === undefined) return "nobody said where others reach its Ollama";
  if (reach.kind === "down") return `it does not answer: ${reach.problem}`;
  // One that runs elsewhere takes nothing of the GPU.
  if (reservation !== undefined && !(model !== undefined && booleanField(model, "isRemote") === true))
    return `its GPU is kept for ${reservation.by}${reservation.reason === "" ? "" : ` (${reservation.reason})`}`;
  if (model === undefined) return backend.witness === "nobody" ? "nothing is known of its models" : noModel;
  return undefined;
}

/**
 * The standing; who has it loaded as it is wanted; who is not held back by heat; who is known freshly; who unloads what was used longest ago; who unloads
 * fewer; who has more room; the name.
 */
function byPreference(a: Judged, b: Judged): number {
  return (
    rankOf(a) - rankOf(b) ||
    loadedRanks.indexOf(a.loaded) - loadedRanks.indexOf(b.loaded) ||
    Number(a.isSlowed) - Number(b.isSlowed) ||
    Number(a.candidate.isStale) - Number(b.candidate.isStale) ||
    compare(a.missedMs, b.missedMs) ||
    a.candidate.wouldUnload.length - b.candidate.wouldUnload.length ||
    b.freeBytes - a.freeBytes ||
    (a.candidate.backend < b.candidate.backend ? -1 : 1)
  );
}

/** Of two infinite numbers too. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

const loadedRanks: readonly LoadedAs[] = ["as-wanted", "otherwise", "no"];

/** Where nothing is known of the GPUs of either, the one that has it in memory is asked before the one that would have to load it. */
function rankOf({ candidate: { standing }, loaded, isGpuKnown }: Judged): number {
  const isAtHand = standing === "on-cpu" && loaded === "as-wanted" && !isGpuKnown;
  return isAtHand ? standings.indexOf("untold") - 0.5 : standings.indexOf(standing);
}

/** Vectors of other weights cannot be compared with those that are stored: another digest is no way out. */
function sameDigestOnly({ digest: wanted }: RouteRequest, ordered: readonly Judged[]): readonly Judged[] {
  const serving = ordered.filter(({ candidate }) => candidate.standing !== "left-out");
  const digest = wanted ?? digestOfMost(ordered);
  // Where nobody says a digest, one server alone is sure to have the same.
  const isSame = (each: Judged): boolean =>
    each.candidate.standing === "left-out" || (digest === undefined ? each === serving[0] : each.digest === digest);
  const others = ordered
    .filter((each) => !isSame(each))
    .map((each): Judged => {
      const has =
        each.digest === ""
          ? "its model of this name has a digest that is not known"
          : "its model of this name has another digest";
      const text = `${has}: its embeddings could not be compared`;
      return { ...each, candidate: { ...each.candidate, standing: "left-out", text, wouldUnload: [] } };
    });
  const same = ordered.filter(isSame);
  return [
    ...same.filter(({ candidate }) => candidate.standing !== "left-out"),
    ...others,
    ...same.filter(({ candidate }) => candidate.standing === "left-out"),
  ];
}

/** That of most servers, and of the first by name among equals; undefined where nobody says one. */
function digestOfMost(judged: readonly Judged[]): string | undefined {
  const named = judged
    .filter(({ digest, isOfRole }) => digest !== "" && isOfRole)
    .toSorted((a, b) => (a.candidate.backend < b.candidate.backend ? -1 : 1));
  const byDigest = [...Map.groupBy(named, ({ digest }) => digest)];
  return byDigest.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

/** What is closest to being a way, of each server. */
function whyNone(candidates: readonly Candidate[]): string {
  const named = candidates.slice(0, 4).map(({ backend, text }) => `${backend}: ${text}`);
  const more = candidates.length - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
