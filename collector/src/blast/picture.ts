/** What is looked at to say what would break, all of it at one moment. What could not be read is said, and never taken for empty. */
import type { MatchedDisk } from "../longhorn/disk-match.ts";
import type { Placement } from "../longhorn/placement.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { NodeState } from "../state/node-state.ts";
import type { NodeView } from "../state/node-view.ts";
import type { LocalVolume } from "./objects/local-volume.ts";
import type { Pod } from "./objects/pod.ts";

/** Something that was read, or why it was not, in words. */
export type Read<Value> = { readonly kind: "read"; readonly value: Value } | { readonly kind: "failed"; readonly reason: string };

/** What is looked at of Longhorn. */
export type SeenLonghorn = Omit<LonghornView, "subscribe">;

/** The picture of one node and of all that stands around it. */
export interface Picture {
  readonly nowMs: number;
  readonly node: string;
  /** Its Node; undefined: the cluster has none of this name, or was not listed. */
  readonly clusterNode: ClusterNode | undefined;
  /** All Nodes; failed while the cluster was not listed. */
  readonly nodes: Read<readonly ClusterNode[]>;
  /** Why what is known of Nodes and Longhorn may be of before, in words; empty while both are followed. */
  readonly stale: readonly string[];
  /** One of them by name. */
  clusterNodeOf(name: string): ClusterNode | undefined;
  /** What its agent said; undefined where none reports, or one of another machine. */
  readonly machine: NodeView | undefined;
  /** All machines that report, in the cluster or not. */
  readonly machines: readonly NodeState[];
  readonly longhorn: SeenLonghorn;
  /** Its disks of Longhorn with what stands behind each. */
  readonly matchedDisks: readonly MatchedDisk[];
  /** Undefined while Longhorn is not known. */
  readonly placement: Placement | undefined;
  /** Pods on the node. */
  readonly pods: Read<readonly Pod[]>;
  /** Volumes of the whole cluster whose data lie on a node. */
  readonly localVolumes: Read<readonly LocalVolume[]>;
  /** Claims, as "namespace/name", whose volumes several nodes may attach at a time; empty where volumes could not be read. */
  readonly sharedClaims: ReadonlySet<string>;
  readonly backupWay: BackupWay;
}

/** By what the way to the backups is known. */
export interface BackupWay {
  /** Label whose value is "true" on each node that may go there. */
  readonly label: string;
  /** Deployments that it leads through, as "namespace/name", with their pods wherever they run. */
  readonly deployments: ReadonlyMap<string, Read<readonly Pod[]>>;
}

/** Every Node but the picture's own; none where they were not listed. */
export function otherNodes({ nodes, node }: Pick<Picture, "nodes" | "node">): readonly ClusterNode[] {
  return nodes.kind === "read" ? nodes.value.filter(({ name }) => name !== node) : [];
}
