/** How conditions are read: of a Node, and of whatever has them in the same form. */
import type { ClusterNode } from "./cluster-node.ts";

/** A condition; undefined where nobody wrote it. */
export function conditionOf<Condition extends { readonly type: string }>(
  { conditions }: { readonly conditions: readonly Condition[] },
  type: string,
): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Whether the cluster takes it for ready. Unknown is not: its kubelet is silent. */
export function isReady(node: Pick<ClusterNode, "conditions">): boolean {
  return conditionOf(node, "Ready")?.status === "True";
}
