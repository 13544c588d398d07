/** What decisions make of a finding. Pure. */
import type { Decision, DecisionKind, FindingAttention } from "@nodekeeper/shared/api";

const setsAside: Readonly<Record<DecisionKind, boolean>> = { acknowledge: true, accept: true, mute: false, maintenance: false };

/** Undefined: no decision holds of it. Whatever holds, nobody is told. */
export function attentionOf(decisions: readonly Decision[]): FindingAttention | undefined {
  if (decisions.length === 0) return undefined;
  return { isQuiet: true, isSetAside: decisions.some(({ kind }) => setsAside[kind]), decisions: [...decisions] };
}
