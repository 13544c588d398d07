/** Everything that is known of a node. */
import type { Finding, NodeDetail } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import type { NodeView, ProbeView } from "../../state/node-view.ts";
import { failureProperty, outcomeBody } from "../../state/outcome-body.ts";
import { subjectBody } from "../../state/subject-body.ts";
import { byLoudness } from "./finding-order.ts";
import { lossList } from "./loss-list.ts";
import { nodeSummary } from "./node-summary.ts";

/** Makes the detail of a node with its pending and firing findings. */
export function nodeDetail(view: NodeView, findings: readonly Finding[]): NodeDetail {
  const { node } = view;
  return {
    summary: nodeSummary(view, findings),
    identity: { machineId: node.machineId, bootId: node.bootId, epoch: node.epoch },
    firstSeenAt: isoTime(node.firstSeenAtMs),
    ...(node.clockSkewMs === undefined ? {} : { clockSkewMs: node.clockSkewMs }),
    ...nodeFacts(view),
    findings: [...findings].sort(byLoudness),
    losses: lossList(node.losses),
  };
}

/** Its probes, lists and subjects. */
export function nodeFacts(view: NodeView): Pick<NodeDetail, "probes" | "lists" | "subjects"> {
  return {
    probes: view.probes.map(probeRun),
    lists: view.lists.map((list) => ({
      kind: list.kind,
      probe: list.probe,
      isComplete: list.isComplete,
      ...failureProperty(list.failure),
    })),
    subjects: view.subjects.map(subjectBody),
  };
}

function probeRun(probe: ProbeView): NodeDetail["probes"][number] {
  return {
    name: probe.name,
    outcome: outcomeBody(probe.outcome),
    ...failureProperty(probe.failure),
    freshness: probe.freshness,
    observedAt: isoTime(probe.observedAtMs),
    receivedAt: isoTime(probe.receivedAtMs),
    intervalMs: probe.intervalMs,
    durationMs: probe.durationMs,
  };
}
