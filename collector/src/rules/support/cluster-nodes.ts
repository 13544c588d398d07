/** What rules about the cluster have in common: how a Node is read. */
import type { SubjectRef } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";

/** The cluster itself. */
export const theCluster: SubjectRef = { kind: "cluster", id: "" };

/** A Node as the subject of a finding of the cluster. */
export function aboutNode({ name }: Pick<ClusterNode, "name">): SubjectRef {
  return { kind: "node", id: name };
}
