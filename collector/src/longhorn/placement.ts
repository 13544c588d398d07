/**
 * Longhorn's rules of placement (scheduler/replica_scheduler.go of longhorn-manager), as a picture that can be asked "what if". Pure. It answers two
 * questions for all who take something away from a disk or a node: what could then not be placed any more that could be before, and where the replicas
 * of a disk could go.
 */
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";

/** A change that is thought through. */
export interface Change {
  /** Disks on which nothing new is to be placed, by "node/disk". */
  readonly withoutDisks?: ReadonlySet<string>;
  /** Nodes on which nothing new is to be placed. */
  readonly withoutNodes?: ReadonlySet<string>;
  /** Tags that go, by "node/disk". */
  readonly withoutDiskTags?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tags that go, by node. */
  readonly withoutNodeTags?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Somebody who could place fewer replicas after the change than before, and fewer than are to be. */
export interface Loser {
  readonly kind: "volume" | "storage-class";
  readonly name: string;
  /** As people know it: the claim ("media/jellyfin-config"), or the name. */
  readonly shown: string;
  readonly wants: number;
  /** How many could be placed after it. */
  readonly placeable: number;
}

/** What can be asked. All of it is of the moment at which the picture was taken. */
export interface Placement {
  /**
   * Who loses by a change. A volume or class that wants what nobody has, be it changed or not, loses nothing. Sorted by name; empty: the change is safe.
   */
  losersOf(change: Change): readonly Loser[];
  /**
   * Whether each replica on a disk could be built elsewhere now, at once, with the space and the rules that there are; the names of the volumes for
   * which it could not.
   */
  homelessOf(node: string, disk: string): readonly string[];
}

/** Takes the picture. Undefined while Longhorn is not known. */
export type TakePlacement = (longhorn: Omit<LonghornView, "subscribe">) => Placement | undefined;
