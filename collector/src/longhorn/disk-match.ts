/**
 * Which of the machine's disks stand behind a disk of Longhorn, by what the node's agent said: Longhorn's disk ↔ folder ↔ filesystem ↔ partition or
 * volume ↔ block devices ↔ what SMART speaks of. Pure.
 */
import type { LonghornDisk } from "../state/longhorn/longhorn-node.ts";

/** What is known of it. */
export type DiskMatch =
  /** Ids of block devices (and of what SMART says of them); several below LVM, md or btrfs. Never empty. */
  | { readonly kind: "matched"; readonly blockDevices: readonly string[]; readonly mountPoint: string }
  /** The agent knows the machine's folders, and this one is not what Longhorn takes it for; in a sentence. */
  | { readonly kind: "mismatched"; readonly problem: "unmounted" | "other-uuid" | "missing"; readonly text: string }
  /** Not heard, or not complete; in a sentence. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A disk of Longhorn with its match. */
export interface MatchedDisk {
  readonly disk: LonghornDisk;
  readonly match: DiskMatch;
}
