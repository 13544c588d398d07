/** (what is remembered of a node, a disk) → the same with the disk's counters as they are for a baseline. Pure. */
import { AppError } from "@nodekeeper/shared";
import type { DiskBaseline } from "@nodekeeper/shared/api";
import { isoTime } from "../state/iso-time.ts";
import type { DiskCounters, NodeInventory } from "../state/node-inventory.ts";
import { rebaseCounter } from "./follow-counters.ts";

/** What became of it. */
export interface Rebased {
  readonly inventory: NodeInventory;
  readonly baseline: DiskBaseline;
}

/** Rebases the counters of the disk that bears this id, serial number, or name of the kernel; throws NOT_FOUND or CONFLICT. */
export function rebaseCountersOf(node: string, inventory: NodeInventory | undefined, disk: string, atMs: number): Rebased {
  const found = Object.entries(inventory?.counters ?? {}).filter(([id, counters]) => isCalled(disk, id, counters, inventory));
  const [first, ...others] = found;
  if (inventory === undefined || first === undefined) throw notFound(node, inventory, disk);
  if (others.length > 0)
    throw new AppError("CONFLICT", `${found.length} disks of ${node} are called "${disk}": name one of ${namesOf(found)}`);
  const [id, { serialNumber, tracks }] = first;
  const rebased = Object.entries(tracks).map(([name, track]) => [name, rebaseCounter(track, atMs)] as const);
  return {
    inventory: { ...inventory, counters: { ...inventory.counters, [id]: { serialNumber, tracks: Object.fromEntries(rebased) } } },
    baseline: {
      ...{ node, disk: id, at: isoTime(atMs) },
      ...(serialNumber === "" ? {} : { serialNumber }),
      counters: rebased.map(([name, { baseline }]) => ({ name, before: tracks[name]?.baseline ?? baseline, baseline })),
    },
  };
}

/** By its id, its serial number, or any name under which it is known again; "sda" and "/dev/sda" are names of the kernel. */
function isCalled(disk: string, id: string, { serialNumber }: DiskCounters, inventory: NodeInventory | undefined): boolean {
  if (disk === id || disk === serialNumber) return true;
  const item = inventory?.items.find((each) => each.attachment !== undefined && (each.id === id || each.identities.includes(id)));
  if (item === undefined || item.gone !== undefined) return false;
  const kernelName = disk.replace(/^\/dev\//, "");
  return item.id === disk || item.identities.includes(disk) || item.name.endsWith(`(${kernelName})`) || item.name === kernelName;
}

function notFound(node: string, inventory: NodeInventory | undefined, disk: string): AppError {
  const known = Object.entries(inventory?.counters ?? {});
  const hint = known.length === 0 ? "none of its disks counts errors" : `those that count errors are ${namesOf(known)}`;
  return new AppError("NOT_FOUND", `${node} has no disk "${disk}" that counts errors; ${hint}`);
}

function namesOf(disks: readonly (readonly [string, DiskCounters])[]): string {
  return disks
    .map(([id, { serialNumber }]) => (serialNumber === "" || id === serialNumber ? id : `${id} (${serialNumber})`))
    .join(", ");
}
