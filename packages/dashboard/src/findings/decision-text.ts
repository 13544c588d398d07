/** A decision in words. Pure. */
import type { Decision, DecisionKind, DecisionScope } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";

const done: Readonly<Record<DecisionKind, string>> = {
  acknowledge: "Acknowledged",
  accept: "Accepted",
  mute: "Muted",
  maintenance: "Maintenance",
};

/** Whether it holds now, and not only later. */
export function hasBegun({ from }: Decision, nowMs: number): boolean {
  return from === undefined || Date.parse(from) <= nowMs;
}

/** Who decided, when, and until when it holds: "Acknowledged by ada 3 h ago, until it gets worse than high". The reason is not in it. */
export function decisionText(decision: Decision, nowMs: number): string {
  const { kind, by, at, from, until, seen } = decision;
  const end =
    until !== undefined
      ? `, ends ${formatIn(until, nowMs)}`
      : kind === "acknowledge"
        ? `, until it is worse than ${seen?.level === undefined ? (seen?.severity ?? "it was") : seen.level}, or over`
        : ", without an end";
  const begin = from === undefined || hasBegun(decision, nowMs) ? "" : `, begins ${formatIn(from, nowMs)}`;
  return `${done[kind]} by ${by} ${formatAgo(at, nowMs)}${begin}${end}`;
}

/** What it is about, beyond one finding: "disk-worn on neko", "everything on neko"; "everything" where nothing is said. */
export function scopeText({ node, rule, subject }: DecisionScope): string {
  const what = [rule, subject === undefined ? undefined : `${subject.kind} ${subject.id}`.trim()].filter(
    (part) => part !== undefined,
  );
  const place = node === undefined ? "" : node === "" ? " of the cluster" : ` on ${node}`;
  return `${what.length === 0 ? "everything" : what.join(", ")}${place}`;
}

/** Nodes on which somebody works now, each with the decision that ends last; the decision about all nodes under "". */
export function maintenances(decisions: readonly Decision[], nowMs: number): ReadonlyMap<string, Decision> {
  const found = new Map<string, Decision>();
  for (const decision of decisions) {
    if (decision.kind !== "maintenance" || !hasBegun(decision, nowMs) || hasEnded(decision, nowMs)) continue;
    const node = decision.scope.node ?? "";
    const before = found.get(node);
    if (before === undefined || (before.until ?? "9") < (decision.until ?? "9")) found.set(node, decision);
  }
  return found;
}

function hasEnded({ until }: Decision, nowMs: number): boolean {
  return until !== undefined && Date.parse(until) <= nowMs;
}
