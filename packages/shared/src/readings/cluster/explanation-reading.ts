/** What an explanation comes to: whether anything is wanted of the item at all, and where it stands in Longhorn. */
import type { Explanation } from "../../api/reconcile.ts";

/** Where a setting of Longhorn's node stands. */
export interface StoragePlace {
  /** "disks/NAME/" as keys begin with it; "" is the node itself. */
  readonly prefix: string;
  /** The rest of the key, e.g. tags/nvme. */
  readonly key: string;
}

/** It is there, others made it so, and nothing of ours is wanted: it stays, whatever is known. */
export function isLeftToOthers({ live, owner, wanted }: Pick<Explanation, "live" | "owner" | "wanted">): boolean {
  return live !== undefined && owner === "foreign" && wanted !== "value";
}

/** It is not there, and is not to be; nobody asked for anything else. */
export function isIdle({ live, wanted, waiting, override }: Explanation): boolean {
  return live === undefined && wanted === "absent" && waiting === undefined && override === undefined;
}

/** Where an item of longhorn-disks stands. */
export function storagePlace(item: string): StoragePlace {
  const [prefix = ""] = /^disks\/[^/]+\//.exec(item) ?? [];
  return { prefix, key: item.slice(prefix.length) };
}
