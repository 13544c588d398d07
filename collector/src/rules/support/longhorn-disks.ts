/** Longhorn's disks as rules about the cluster look at them, each with what its machine says of it. */
import type { ClusterRuleView } from "../../evaluate/cluster-rule.ts";
import type { SubjectRef } from "../../evaluate/rule.ts";
import type { MatchedDisk } from "../../longhorn/disk-match.ts";
import { matchDisks } from "../../longhorn/match-disks.ts";
import type { LonghornCondition, LonghornDisk, LonghornNode } from "../../state/longhorn/longhorn-node.ts";

/** One of them. */
export interface LonghornDiskSeen extends MatchedDisk {
  readonly node: LonghornNode;
  readonly subject: SubjectRef;
  /** In sentences: "default-disk-1 on neko". */
  readonly shown: string;
}

/** Several rules ask for the same at one moment. */
const known = new WeakMap<ClusterRuleView, readonly LonghornDiskSeen[]>();

/** All of them; none while Longhorn is not known. */
export function longhornDisksOf(view: ClusterRuleView): readonly LonghornDiskSeen[] {
  const before = known.get(view);
  if (before !== undefined) return before;
  const clusterNodes = new Map(view.nodes.map((node) => [node.name, node]));
  const seen = (view.longhorn?.nodes() ?? []).flatMap((node) => {
    const { nowMs, startedAtMs } = view;
    const input = { node: view.machine(node.name), clusterNode: clusterNodes.get(node.name), nowMs, startedAtMs };
    return matchDisks(node, input).map((matched) => ({
      ...{ ...matched, node, shown: `${matched.disk.name} on ${node.name}` },
      subject: { kind: "longhorn-disk", id: `${node.name}/${matched.disk.name}` },
    }));
  });
  known.set(view, seen);
  return seen;
}

/** What Longhorn says of its being ready; undefined where it says nothing. */
export function readyCondition({ status }: LonghornDisk): LonghornCondition | undefined {
  return status?.conditions.find(({ type }) => type === "Ready");
}
