/** The disks that are asked for, and a page of them. */
import type { Disk, DiskList, DiskListQuery, Finding } from "@nodekeeper/shared/api";
import type { FleetEntry } from "../fleet/fleet-entry.ts";
import { createMatchesWords } from "../matches-words.ts";
import { pageOf, type SortKey } from "../page-of.ts";
import { disksOfNode } from "./disks-of-node.ts";

type Order = NonNullable<DiskListQuery["sort"]>;
type Field = Order extends infer Each ? (Each extends `-${string}` ? never : Each) : never;

const defaultLimit = 100;

const healthRank = { failed: 0, missing: 1, degraded: 2, unknown: 3, ok: 4 } as const;

const fieldOf: { readonly [Name in Field]: (disk: Disk) => string | number | undefined } = {
  node: (disk) => disk.node,
  health: (disk) => healthRank[disk.health],
  sizeBytes: (disk) => disk.sizeBytes,
  wornPercent: (disk) => disk.wornPercent,
  temperatureCelsius: (disk) => disk.temperatureCelsius,
};

/** Lists those of these nodes. */
export function listDisks(
  entries: readonly FleetEntry[],
  findingsOf: (node: string) => readonly Finding[],
  query: DiskListQuery,
): DiskList {
  const { node, sort = "health", limit = defaultLimit, cursor } = query;
  const nodes = entries
    .filter((entry) => node === undefined || entry.node.name === node)
    .map((entry) => disksOfNode(entry, findingsOf));
  const wanted = nodes.flatMap(({ disks }) => disks).filter(filterOf(query));
  const page = pageOf(wanted, {
    ...{ list: `disks by ${sort}`, limit, cursor, keyOf: keyOf(sort) },
    ...(sort.startsWith("-") ? { reversed: 1 } : {}),
  });
  return {
    disks: [...page.items],
    total: page.total,
    incomplete: nodes.flatMap(({ incomplete }) => incomplete ?? []),
    ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
  };
}

/** What is unknown comes last, whichever way. */
function keyOf(order: Order): (disk: Disk) => SortKey {
  const field = (order.startsWith("-") ? order.slice(1) : order) as Field; // an order is a field, or a field behind a minus
  const nothing = field === "node" ? "" : 0;
  return (disk) => {
    const value = fieldOf[field](disk);
    return [value === undefined ? 1 : 0, value ?? nothing, disk.node, disk.id];
  };
}

function filterOf({ health, kind, q }: DiskListQuery): (disk: Disk) => boolean {
  const matches = createMatchesWords(q);
  return (disk) =>
    (health === undefined || health.includes(disk.health)) &&
    (kind === undefined || kind.includes(disk.kind)) &&
    matches([disk.node, disk.name, disk.model, disk.serial, disk.firmware, disk.reason]);
}
