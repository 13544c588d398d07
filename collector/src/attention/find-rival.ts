/** Whether a decision says nothing that another does not say already. Pure. */
import type { DecisionScope } from "@nodekeeper/shared/api";
import type { KeptDecision } from "./kept-decision.ts";
import { scopeText } from "./make-decision.ts";

/** Why it is not needed, in a sentence; undefined: it is. One that lasts longer is, or begins earlier. */
export function findRival(made: KeptDecision, others: Iterable<KeptDecision>): string | undefined {
  const { kind, scope } = made.decision;
  for (const { decision: other, finding, beginsAtMs, endsAtMs } of others) {
    if (other.kind !== kind || finding !== made.finding || !isSameScope(other.scope, scope)) continue;
    if (beginsAtMs > made.beginsAtMs || endsAtMs < made.endsAtMs) continue;
    const end = other.until === undefined ? "" : ` until ${other.until}`;
    return `${other.by} decided so already${end} (${kind} ${other.id}): ${scopeText(scope)}`;
  }
  return undefined;
}

function isSameScope(a: DecisionScope, b: DecisionScope): boolean {
  const isSameSubject = a.subject?.kind === b.subject?.kind && a.subject?.id === b.subject?.id;
  return a.node === b.node && a.rule === b.rule && isSameSubject;
}
