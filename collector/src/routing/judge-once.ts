/**
 * Judges a server once for each question. The table asks for every model of every server several times a second, and few servers changed: what was said of
 * the same picture of a server holds for some seconds, in which only ages pass.
 */
import type { Backend } from "./backend.ts";
import { modelKey } from "./model-name.ts";
import { modelOf } from "./model-of.ts";
import { type Judge, type Judged, judge } from "./route.ts";

const keptMs = 5_000;
/** Of one server: all its models for both roles, and some contexts that were asked for. */
const maximumKept = 1_000;

/** Nothing was judged yet. */
export function createJudge(): Judge {
  const judgements = new WeakMap<Backend, { readonly atMs: number; readonly byQuestion: Map<string, Judged> }>();
  return (request, backend, nowMs) => {
    if (modelOf(backend.facts, request.model) === undefined) return judge(request, backend, nowMs); // which costs nothing
    let kept = judgements.get(backend);
    if (kept === undefined || nowMs - kept.atMs >= keptMs || nowMs < kept.atMs || kept.byQuestion.size >= maximumKept) {
      kept = { atMs: nowMs, byQuestion: new Map() };
      judgements.set(backend, kept);
    }
    const question = `${request.role} ${request.contextLengthTokens ?? ""} ${modelKey(request.model)}`;
    const known = kept.byQuestion.get(question);
    if (known !== undefined) return known;
    const judged = judge(request, backend, nowMs);
    kept.byQuestion.set(question, judged);
    return judged;
  };
}
