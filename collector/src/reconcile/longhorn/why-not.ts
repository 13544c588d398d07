/** Why nothing at all is said of a node of Longhorn, before any of its disks is looked at. Pure. */
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { NodeState } from "../../state/node-state.ts";
import { nodeStanding } from "../conditions/support/node-standing.ts";
import type { World } from "../world.ts";

/** All three that tell of one machine, or why not. */
export type Subjects =
  | { readonly kind: "there"; readonly longhornNode: LonghornNode; readonly clusterNode: ClusterNode; readonly node: NodeState }
  | { readonly kind: "not"; readonly reason: string };

/** Longhorn must be known and at rest, and the machine must speak and be the one of the Node. */
export function subjectsOf(world: World, key: string): Subjects {
  const { longhorn, cluster } = world;
  const not = (reason: string): Subjects => ({ kind: "not", reason });
  const { knowledge } = longhorn;
  if (knowledge.kind === "unknown") {
    const problem = knowledge.problem === undefined ? "" : `: ${knowledge.problem}`;
    return not(`what Longhorn has is not known yet${problem}`);
  }
  const longhornNode = longhorn.node(key);
  if (knowledge.kind === "absent" || longhornNode === undefined) return not("Longhorn has no node of this name");
  if (longhornNode.isDeleting) return not("Longhorn's node is being deleted");
  if (longhornNode.isSyncing)
    return not("Longhorn has not looked at all disks of the node yet, and takes no change before it did");
  const clusterNode = cluster.node(key);
  if (clusterNode === undefined) return not("the cluster has no Node of this name");
  const standing = nodeStanding(world, key);
  if (standing.kind === "speaks") return { kind: "there", longhornNode, clusterNode, node: standing.node };
  const { judgement } = standing;
  switch (judgement.kind) {
    case "status":
      return not(judgement.message);
    case "hold":
      return not(judgement.reason);
    case "absent":
      return not(judgement.text);
  }
}
