/**
 * Nothing is taken from Longhorn that somebody could not place his replicas without: one step after the other, each beside those before it, and what
 * would hurt is held, with the names of whom. Pure.
 */
import type { Change, Loser, Placement } from "../../longhorn/placement.ts";
import { placementOf } from "../../longhorn/placement-of.ts";
import { placeKey } from "../../longhorn/scheduler/places.ts";
import type { Wanted } from "../reconciler.ts";
import type { World } from "../world.ts";
import { itemOf, type LonghornItem } from "./longhorn-items.ts";
import type { LonghornDisksSeen } from "./see-longhorn-disks.ts";

/** The same wishes, with those held that would take away what is needed. Disks that fail go before tags, which may wait for somebody's yes for ever. */
export function withRestraint(
  items: ReadonlyMap<string, Wanted>,
  seen: LonghornDisksSeen,
  { longhorn }: Pick<World, "longhorn">,
): ReadonlyMap<string, Wanted> {
  const restrained = new Map(items);
  let taken: Change = {};
  const restrain = (of: (item: LonghornItem) => boolean): void => {
    for (const [text, wish] of items) {
      const item = itemOf(text);
      if (item === undefined || !of(item) || !isTaken(text, item, wish, seen)) continue;
      const next = withTaken(taken, seen.node.name, item);
      const reason = reasonAgainst(longhorn, next);
      if (reason === undefined) taken = next;
      else restrained.set(text, { kind: "hold", reason, why: wish.why });
    }
  };
  restrain(({ kind }) => kind === "switch");
  restrain(({ kind }) => kind !== "switch");
  return restrained;
}

/** Whether what is wanted hangs on who needs the disk: it takes something away, or empties it. */
export function takes(text: string, wish: Wanted, seen: LonghornDisksSeen): boolean {
  const item = itemOf(text);
  if (item === undefined) return false;
  const isEmptied = item.kind === "switch" && item.field === "evictionRequested" && wish.kind !== "absent";
  return isEmptied || isTaken(text, item, wish, seen);
}

/** The change with one thing more that is taken away. */
export function withTaken(change: Change, node: string, item: LonghornItem): Change {
  switch (item.kind) {
    case "node-tag":
      return { ...change, withoutNodeTags: withTag(change.withoutNodeTags, node, item.tag) };
    case "disk-tag":
      return { ...change, withoutDiskTags: withTag(change.withoutDiskTags, placeKey(node, item.disk), item.tag) };
    case "switch":
      return { ...change, withoutDisks: new Set([...(change.withoutDisks ?? []), placeKey(node, item.disk)]) };
  }
}

/** Who would lose, in a sentence. */
export function losersText(losers: readonly Loser[]): string {
  const [first, ...others] = losers.map(({ kind, shown, placeable, wants }) => {
    const who = kind === "volume" ? shown : `StorageClass ${shown}`;
    return `${who} (${placeable} of ${wants})`;
  });
  return first === undefined ? "nobody" : inNames([first, ...others]);
}

/** The first few of them. */
export function inNames(names: readonly string[]): string {
  const shown = names.slice(0, maximumNames).join(", ");
  return names.length > maximumNames ? `${shown} and ${names.length - maximumNames} more` : shown;
}

/** Why a change is not made: who would lose by it, or that nobody knows. */
export function reasonAgainst(longhorn: World["longhorn"], change: Change): string | undefined {
  const { knowledge } = longhorn;
  if (knowledge.kind === "known" && knowledge.problem !== undefined)
    return `nothing is taken away by what was true of Longhorn before: ${knowledge.problem}`;
  const placement: Placement | undefined = placementOf(longhorn);
  if (placement === undefined) return "who needs it is not known";
  const losers = placement.losersOf(change);
  return losers.length === 0 ? undefined : `replicas would find too few places without it: ${losersText(losers)}`;
}

const maximumNames = 5;

/** Tags of ours that go, and a disk that is to be filled no more. */
function isTaken(text: string, item: LonghornItem, wish: Wanted, { items }: LonghornDisksSeen): boolean {
  const live = items.get(text);
  if (item.kind !== "switch") return wish.kind === "absent" && live?.owner === "ours";
  return wish.kind === "value" && item.field === "allowScheduling" && live?.value === "true";
}

function withTag(
  tags: ReadonlyMap<string, ReadonlySet<string>> | undefined,
  key: string,
  tag: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...(tags ?? []), [key, new Set([...(tags?.get(key) ?? []), tag])]]);
}
