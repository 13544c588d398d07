/** Whether a disk that turns up, or is not there any more, has moved between nodes. Pure. */
import type { Change } from "@nodekeeper/shared/api";
import type { DiskCounters, InventoryItem } from "../state/node-inventory.ts";
import type { ItemEvent } from "./compare-kind.ts";

/** A disk on another node. */
export interface Elsewhere {
  readonly node: string;
  readonly item: InventoryItem;
  /** Undefined where its health was never read there. */
  readonly counters: DiskCounters | undefined;
}

/** Finds a disk by any of its identities on the nodes but this one. */
export type FindElsewhere = (identities: readonly string[]) => Elsewhere | undefined;

/** What became of a thing, and where else it was or is. */
export interface TracedEvent extends Pick<ItemEvent, "fields"> {
  readonly change: Exclude<Change["change"], "first_seen">;
  readonly item: InventoryItem;
  readonly elsewhere: Elsewhere | undefined;
}

/**
 * The event with its move. A disk is gone from another node only where that was proven there: before, it is only said where it was known.
 * Two disks with one identity (cheap bridges share serial numbers) are no move: each was seen on its own node after the other was.
 */
export function traceMove(event: ItemEvent, elsewhere: Elsewhere | undefined, previousAtMs: number): TracedEvent {
  const { change, item, fields } = event;
  if (elsewhere === undefined || change === "changed") return { change, item, fields, elsewhere: undefined };
  if (change !== "disappeared") {
    const hasMoved = elsewhere.item.gone !== undefined;
    return { change: hasMoved ? "moved_here" : change, item, fields, elsewhere };
  }
  const isThereNow = elsewhere.item.gone === undefined && elsewhere.item.sinceMs > previousAtMs;
  if (!isThereNow || item.gone === undefined) return { change, item, fields, elsewhere: undefined };
  return { change: "moved_away", item: moved(item, elsewhere.node), fields, elsewhere };
}

/** A disk that is gone, and known to be on another node. */
export function moved(item: InventoryItem, node: string): InventoryItem {
  return { ...item, gone: { sinceMs: item.gone?.sinceMs ?? item.sinceMs, reason: "moved", movedTo: node } };
}
