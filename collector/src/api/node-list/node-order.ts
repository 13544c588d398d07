/** The orders in which nodes may be listed. */
import type { NodeListQuery, NodeSummary } from "@nodekeeper/shared/api";
import { statusRank } from "../present/status-rank.ts";

/** A name of an order, `-` before it for the reverse. */
export type NodeOrder = NonNullable<NodeListQuery["sort"]>;

/** What a node is sorted by; undefined is unknown and comes last, whichever way. */
export type OrderKey = number | string | undefined;

/** A place in an order: after this key, and among equal keys after this name. */
export interface Place {
  readonly key: OrderKey;
  readonly name: string;
}

type Field = NodeOrder extends infer Order ? (Order extends `-${string}` ? never : Order) : never;

const keyOf: { readonly [Name in Field]: (summary: NodeSummary) => OrderKey } = {
  name: (summary) => summary.name,
  status: (summary) => statusRank[summary.status],
  lastContactAt: (summary) => summary.lastContactAt, // RFC 3339 in one form sorts as text
  cpuUsedPercent: (summary) => summary.cpuUsedPercent,
  loadAverage1m: (summary) => summary.loadAverage1m,
  memoryUsedPercent: ({ memoryTotalBytes, memoryAvailableBytes }) =>
    memoryTotalBytes === undefined || memoryAvailableBytes === undefined
      ? undefined
      : 1 - memoryAvailableBytes / memoryTotalBytes,
  filesystemUsedPercent: (summary) => summary.fullestFilesystem?.usedPercent,
  temperatureCelsius: (summary) => summary.hottestSensor?.temperatureCelsius,
  uptimeSeconds: (summary) => summary.uptimeSeconds,
};

/** The place of a node in an order. */
export function placeOf(summary: NodeSummary, order: NodeOrder): Place {
  return { key: keyOf[fieldOf(order)](summary), name: summary.name };
}

/** Compares two places in an order. */
export function comparePlaces(a: Place, b: Place, order: NodeOrder): number {
  const direction = order.startsWith("-") ? -1 : 1;
  if (a.key === undefined || b.key === undefined) {
    return Number(a.key === undefined) - Number(b.key === undefined) || compare(a.name, b.name);
  }
  return direction * compare(a.key, b.key) || compare(a.name, b.name);
}

function fieldOf(order: NodeOrder): Field {
  return (order.startsWith("-") ? order.slice(1) : order) as Field; // an order is a field, or a field behind a minus
}

function compare(a: number | string, b: number | string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
