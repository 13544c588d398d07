/** The verdict on a node, and what it does not cover. */
import type { Finding, NodeHealth } from "@nodekeeper/shared/api";
import { judgeNode } from "../../evaluate/verdict.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { NodeView } from "../../state/node-view.ts";
import { outcomeBody } from "../../state/outcome-body.ts";
import { byLoudness } from "./finding-order.ts";
import { nodeFacts } from "./node-detail.ts";
import { unknownsOf } from "./unknowns.ts";

/** Makes the health of a node with its pending and firing findings; `recoveredAtMs` as Findings gives it. */
export function nodeHealth(view: NodeView, findings: readonly Finding[], recoveredAtMs: number | undefined): NodeHealth {
  const verdict = judgeNode(view, findings, recoveredAtMs);
  return {
    node: view.node.name,
    status: verdict.status,
    reason: verdict.reason,
    since: isoTime(verdict.sinceMs),
    freshness: view.freshness,
    lastContactAt: isoTime(view.node.lastContactAtMs),
    findings: [...findings].sort(byLoudness),
    probes: probesOf(view),
    unknowns: unknownsOf(view, nodeFacts(view)),
  };
}

/** Those that spoke, and those that the agent runs and that never did. */
function probesOf({ node, probes }: NodeView): NodeHealth["probes"] {
  const spoken = probes.map(({ name, freshness, outcome, observedAtMs, intervalMs }) => ({
    ...{ name, freshness, intervalMs },
    outcome: outcomeBody(outcome),
    observedAt: isoTime(observedAtMs),
  }));
  const silent = node.runningProbes?.filter((name) => !node.probes.has(name)) ?? [];
  return [...spoken, ...silent.map((name) => ({ name, freshness: "never" as const }))];
}
