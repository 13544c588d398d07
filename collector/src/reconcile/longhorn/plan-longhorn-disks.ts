/**
 * The steps from Longhorn's node as it is to what it is to be. What others set is never claimed and never taken away: a tag that is there already, a disk
 * that somebody has taken out of scheduling himself. Adding a tag describes, removing one restricts; a disk that fails is restricted, and moved off where
 * that is wanted; the way back describes.
 */
import type { Decision, LedgerEntry, Operation, Wanted, Why } from "../reconciler.ts";
import { type DiskSwitch, itemOf, itemText, type LonghornItem, present } from "./longhorn-items.ts";
import { isOfSameDisk, type LonghornDisksSeen } from "./see-longhorn-disks.ts";

/** Plans. */
export function planLonghornDisks(decision: Decision, seen: LonghornDisksSeen): readonly Operation[] {
  if (decision.kind === "hold") return [];
  return [...decision.items].flatMap(([text, wish]) => {
    const item = itemOf(text);
    const entry = seen.ledger.get(text);
    if (item === undefined || wish.kind === "hold") return [];
    if (wish.kind === "value") return settingOf(text, item, wish, seen);
    return entry === undefined ? [] : [releaseOf(text, entry, seen, wish.why, item.kind === "switch" ? "describe" : "restrict")];
  });
}

/** Plans to take everything of ours back. */
export function planPruneOfLonghornDisks(seen: LonghornDisksSeen): readonly Operation[] {
  const classOf = (text: string): "describe" | "restrict" => (itemOf(text)?.kind === "switch" ? "describe" : "restrict");
  return [...seen.ledger].map(([text, entry]) => releaseOf(text, entry, seen, pruned, classOf(text)));
}

/** Whether the switch of a disk stands so. */
export function isSwitched({ items }: LonghornDisksSeen, disk: string, field: DiskSwitch, value: boolean): boolean {
  return items.get(itemText({ kind: "switch", disk, field }))?.value === String(value);
}

const pruned: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };

function settingOf(
  text: string,
  item: LonghornItem,
  { value: after, why }: Extract<Wanted, { readonly kind: "value" }>,
  seen: LonghornDisksSeen,
): readonly Operation[] {
  const before = seen.items.get(text)?.value;
  const entry = seen.ledger.get(text);
  const wrote = entry !== undefined && isOfSameDisk(seen.node, text, entry) ? entry.wrote : undefined;
  const isThere = item.kind === "node-tag" || seen.node.disks.has(item.disk);
  if (!isThere || before === after || after !== wishes[wishOf(item)]) return [];
  if (item.kind !== "switch") {
    return [{ item: text, kind: wrote === after ? "repair" : "set", class: "describe", before, after, why }];
  }
  const step = { item: text, kind: wrote === after ? "repair" : "change", before, after, why } as const;
  if (item.field === "allowScheduling") return [{ ...step, class: "restrict" }];
  // Longhorn empties no disk that it may fill: that comes first, and may wait for somebody's yes.
  return isSwitched(seen, item.disk, "allowScheduling", false) ? [{ ...step, class: "move" }] : [];
}

/** The only value that each is ever given; the other way leads back to what was there. */
const wishes = { tag: present, allowScheduling: "false", evictionRequested: "true" } as const;

function wishOf(item: LonghornItem): keyof typeof wishes {
  return item.kind === "switch" ? item.field : "tag";
}

/** What was there before us comes back. What is not as we wrote it any more stays so, and only our claim is given up. */
function releaseOf(text: string, entry: LedgerEntry, seen: LonghornDisksSeen, why: Why, of: "describe" | "restrict"): Operation {
  const item = itemOf(text);
  const live = seen.items.get(text);
  const before = live?.value;
  const giveUp = { item: text, kind: "restore", class: "describe", before, after: before, why } as const;
  if (item === undefined || live?.owner !== "ours") return giveUp;
  if (item.kind !== "switch") return { item: text, kind: "remove", class: of, before, after: undefined, why };
  if (!isGivenBack(item.field, entry) || isKeptEmptied(item, seen)) return giveUp;
  return { item: text, kind: "restore", class: of, before, after: entry.was, why };
}

/** Anybody may have written the ledger: what it tells must be what we do. */
function isGivenBack(field: DiskSwitch, { wrote, was }: LedgerEntry): boolean {
  return wrote === wishes[field] && was === (wrote === "true" ? "false" : "true");
}

/** Longhorn lets no disk be filled that it is to empty, because others want that. */
function isKeptEmptied({ disk, field }: Extract<LonghornItem, { readonly kind: "switch" }>, seen: LonghornDisksSeen): boolean {
  if (field !== "allowScheduling" || !isSwitched(seen, disk, "evictionRequested", true)) return false;
  const entry = seen.ledger.get(itemText({ kind: "switch", disk, field: "evictionRequested" }));
  return entry === undefined || !isGivenBack("evictionRequested", entry);
}
