/** A decision as it is kept: with the finding that was acknowledged, and as a document of the store. */
import { Decision } from "@nodekeeper/shared/api";
import { Value } from "typebox/value";
import type { StoredDocument } from "../store/store.ts";

/** A decision. */
export interface KeptDecision {
  readonly decision: Decision;
  /** Of an acknowledgement: id of the finding. The next one about the same is another. */
  readonly finding?: string;
  /** When it begins, on the collector's clock. */
  readonly beginsAtMs: number;
  /** When it ends by itself; Infinity: never. */
  readonly endsAtMs: number;
}

/** Makes one. */
export function keptDecision(decision: Decision, finding?: string): KeptDecision {
  const { at, from = at, until } = decision;
  return {
    decision,
    ...(finding === undefined ? {} : { finding }),
    beginsAtMs: Date.parse(from),
    endsAtMs: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  };
}

/** As it lies in the store. */
export function documentOf({ decision, finding }: KeptDecision): StoredDocument {
  const body = { decision, ...(finding === undefined ? {} : { finding }) };
  return { id: decision.id, changedAtMs: Date.parse(decision.at), body };
}

/** Reads one; undefined: it is damaged. */
export function keptDecisionOf({ id, body }: StoredDocument): KeptDecision | undefined {
  const { decision, finding }: { readonly decision?: unknown; readonly finding?: unknown } = body;
  if (!Value.Check(Decision, decision) || (finding !== undefined && typeof finding !== "string")) return undefined;
  const { kind, at, until, seen } = decision;
  const kept = keptDecision(decision, finding);
  const { beginsAtMs, endsAtMs } = kept;
  if (decision.id !== id || [Date.parse(at), beginsAtMs, endsAtMs].some(Number.isNaN)) return undefined;
  const isWhole = kind === "acknowledge" ? finding !== undefined && seen !== undefined : kind === "accept" || until !== undefined;
  return isWhole ? kept : undefined;
}
