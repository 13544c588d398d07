/** Filters, sorts and cuts the fleet. Pure. */
import type { NodeListQuery, NodeSummary } from "@nodekeeper/shared/api";
import type { FleetEntry } from "../fleet/fleet-entry.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { comparePlaces, placeOf } from "./node-order.ts";

/** A page of the fleet. */
export interface NodePage {
  readonly entries: readonly FleetEntry[];
  /** How many nodes match, on this page or not. */
  readonly total: number;
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

/** The page that a query asks for. `entries` are in the order of their names. */
export function listNodes(entries: readonly FleetEntry[], query: NodeListQuery): NodePage {
  const order = query.sort ?? "name";
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, order);
  const matching = entries.filter(matcherOf(query));
  const places = new Map(matching.map((entry) => [entry, placeOf(entry.summary, order)]));
  const place = (entry: FleetEntry) => places.get(entry) ?? placeOf(entry.summary, order);
  const sorted = order === "name" ? matching : matching.toSorted((a, b) => comparePlaces(place(a), place(b), order));
  const rest = after === undefined ? sorted : sorted.filter((entry) => comparePlaces(place(entry), after, order) > 0);
  const page = query.limit === undefined ? rest : rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    entries: page,
    total: matching.length,
    nextCursor: last === undefined || page.length === rest.length ? undefined : encodeCursor(place(last), order),
  };
}

function matcherOf({ status, q }: NodeListQuery): (entry: FleetEntry) => boolean {
  const words = (q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return ({ summary }) => {
    if (status !== undefined && !status.includes(summary.status)) return false;
    if (words.length === 0) return true;
    const text = searchTextOf(summary);
    return words.every((word) => text.includes(word));
  };
}

/** The parts are held apart by a character that no word contains. */
function searchTextOf({ name, operatingSystem, architecture, board, cpuModel, gpus = [], reason }: NodeSummary): string {
  return [name, operatingSystem, architecture, board, cpuModel, ...gpus.map((gpu) => gpu.name), reason].join("\n").toLowerCase();
}
