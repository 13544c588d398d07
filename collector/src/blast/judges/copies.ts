/** Where the copies of a volume are, and what becomes of each. By what Longhorn notes on replicas, so that it holds for detached volumes too. */
import { conditionOf, isReady } from "../../state/cluster/node-conditions.ts";
import type { LonghornReplica } from "../../state/longhorn/longhorn-volume.ts";
import type { Death } from "../death/death.ts";
import type { Picture } from "../picture.ts";

/** Names of nodes, by what the copies there are. */
export interface Copies {
  /** Whole, and gone. */
  readonly gone: readonly string[];
  /** Whole, on another disk of a node that stands still. */
  readonly cutOff: readonly string[];
  /** Whole, and can be read. */
  readonly left: readonly string[];
  /** Whole as far as is known, where nobody reaches them now: the node or the disk is not ready. */
  readonly away: readonly string[];
  /** Failed, and so behind: they can be salvaged at best. Here, and elsewhere. */
  readonly failedHere: readonly string[];
  readonly failedElsewhere: readonly string[];
}

/** Those of a volume. */
export function copiesOf(volume: string, picture: Picture, death: Death): Copies {
  const replicas = picture.longhorn.replicasOfVolume(volume).filter(({ node }) => node !== "");
  const whole = replicas.filter(({ isHealthy }) => isHealthy);
  const failed = replicas.filter(({ isHealthy, isFailed }) => !isHealthy && isFailed);
  const staying = whole.filter((replica) => death.fateOf(replica) === "stays");
  const names = (some: readonly LonghornReplica[]): readonly string[] => some.map(({ node }) => node).sort();
  return {
    gone: names(whole.filter((replica) => death.fateOf(replica) === "gone")),
    cutOff: names(whole.filter((replica) => death.fateOf(replica) === "cut-off")),
    left: names(staying.filter((replica) => isReached(picture, replica))),
    away: names(staying.filter((replica) => !isReached(picture, replica))),
    failedHere: names(failed.filter((replica) => death.fateOf(replica) !== "stays")),
    failedElsewhere: names(failed.filter((replica) => death.fateOf(replica) === "stays")),
  };
}

function isReached({ longhorn, nodes, clusterNodeOf }: Picture, { node, diskUuid, isRunning }: LonghornReplica): boolean {
  const own = longhorn.node(node);
  if (own === undefined || conditionOf(own, "Ready")?.status !== "True") return false;
  const clusterNode = clusterNodeOf(node);
  if (nodes.kind === "read" && (clusterNode === undefined || !isReady(clusterNode))) return false;
  return isRunning || [...own.disks.values()].some(({ status }) => status?.uuid === diskUuid && status.isReady);
}
