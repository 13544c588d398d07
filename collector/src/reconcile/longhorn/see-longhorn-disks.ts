/**
 * Longhorn's node as it is: tags and switches of it and its disks, and which of them are ours by the ledger. Longhorn does not say who wrote a field: what
 * the ledger does not tell of is somebody else's.
 */
import type { Fields } from "@nodekeeper/shared";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { LedgerEntry, Seen, SeenItem } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { otherLedgers, readLedger } from "../support/ledger.ts";
import { itemOf, itemText, present } from "./longhorn-items.ts";

/** The node. Items are named by longhorn-items.ts; those that are not ours are among them too. */
export interface LonghornDisksSeen extends Seen {
  readonly node: LonghornNode;
  readonly domain: string;
  /** The whole object, where it was just read: a change is made of what it really says. */
  readonly object: Fields | undefined;
}

/** With what it is looked at. */
export interface SeeingLonghornDisks {
  /** Its Node, where there is one: cordon and pause are people's words on that. */
  readonly clusterNode: ClusterNode | undefined;
  readonly domain: string;
  readonly object?: Fields;
}

/** Name of the reconciler, and of its part of the ledger. */
export const longhornDisksName = "longhorn-disks";

/** Looks. */
export function seeLonghornDisks(node: LonghornNode, { clusterNode, domain, object }: SeeingLonghornDisks): LonghornDisksSeen {
  const { uid, resourceVersion, annotations } = node;
  const domains = [...otherLedgers(annotations, domain), domain];
  const ledger = new Map(domains.flatMap((each) => [...longhornEntries(node, each)]));
  return {
    ...{ node, domain, object, uid, resourceVersion, ledger },
    isCordoned: clusterNode?.isCordoned ?? false,
    isPaused: isPaused(annotations, domain) || isPaused(clusterNode?.annotations ?? {}, domain),
    items: seenItems(node, new Map([...ledger].filter(([item, entry]) => isOfSameDisk(node, item, entry)))),
    problem: readLedger(annotations, domain).problem,
  };
}

/** What the ledger of a domain says of it. Entries of what we do not know are left alone. */
export function longhornEntries(
  { annotations }: Pick<LonghornNode, "annotations">,
  domain: string,
): ReadonlyMap<string, LedgerEntry> {
  const entries = readLedger(annotations, domain).ledger.get(longhornDisksName) ?? [];
  return new Map([...entries].filter(([item]) => itemOf(item) !== undefined));
}

/** UUID of the disk that an item is of; undefined: it is of none, or Longhorn does not say. */
export function uuidOf({ disks }: Pick<LonghornNode, "disks">, text: string): string | undefined {
  const item = itemOf(text);
  const uuid = item === undefined || item.kind === "node-tag" ? undefined : disks.get(item.disk)?.status?.uuid;
  return uuid === "" ? undefined : uuid;
}

/** Whether an entry of the ledger tells of the disk that bears the name now: people take one out, and give another one its name. */
export function isOfSameDisk(node: Pick<LonghornNode, "disks">, item: string, { of }: LedgerEntry): boolean {
  const uuid = uuidOf(node, item);
  return of === undefined || uuid === undefined || of === uuid;
}

/** Tags that are there, and switches as they stand; ours is what the ledger tells of. */
export function seenItems(
  { tags, disks }: LonghornNode,
  ledger: ReadonlyMap<string, LedgerEntry>,
): ReadonlyMap<string, SeenItem> {
  const items = new Map<string, SeenItem>();
  const see = (item: string, value: string): void => {
    items.set(item, { value, owner: ledger.get(item)?.wrote === value ? "ours" : "foreign", others: [] });
  };
  for (const tag of tags) see(itemText({ kind: "node-tag", tag }), present);
  for (const disk of disks.values()) {
    for (const tag of disk.tags) see(itemText({ kind: "disk-tag", disk: disk.name, tag }), present);
    see(itemText({ kind: "switch", disk: disk.name, field: "allowScheduling" }), String(disk.allowScheduling));
    see(itemText({ kind: "switch", disk: disk.name, field: "evictionRequested" }), String(disk.evictionRequested));
  }
  return items;
}
