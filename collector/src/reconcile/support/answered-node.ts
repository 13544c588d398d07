/** A Node as the API server answered it to a read or a write of ours. */
import { AppError, type Fields } from "@nodekeeper/shared";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { clusterNodeOf } from "../../state/cluster/cluster-node-of.ts";

/** Throws PEER_REFUSED where it lacks what every Node has. */
export function answeredNode(answer: Fields): ClusterNode {
  const node = clusterNodeOf(answer);
  if (node === undefined)
    throw new AppError("PEER_REFUSED", "the cluster's API answered with a Node that lacks name, uid or version");
  return node;
}
