/** (counters remembered, readings of disk health) → counters remembered. Pure. Counters follow their disk to other ids and nodes. */
import { Outcome } from "@nodekeeper/proto";
import type { DiskCounters, NodeInventory } from "../state/node-inventory.ts";
import type { ProbeState } from "../state/node-state.ts";
import { followCounters } from "./follow-counters.ts";
import type { FindElsewhere } from "./trace-move.ts";

/** Takes the counters of what a probe has just read; the same object when none changed. */
export function stockOfCounters(inventory: NodeInventory, probe: ProbeState, findElsewhere: FindElsewhere): NodeInventory {
  let counters = withoutMoved(inventory);
  for (const subject of probe.subjects.values()) {
    const { id, value, readAtMs, observedAtMs } = subject;
    if (subject.outcome !== Outcome.OK || value?.case !== "diskHealth" || observedAtMs !== probe.observedAtMs) continue;
    const names = namesOf(inventory, id);
    const key = names.find((name) => counters[name] !== undefined);
    // The reading of a disk that sleeps is the last one, repeated.
    if (key !== undefined && readAtMs !== observedAtMs) continue;
    const before = key === undefined ? broughtAlong(findElsewhere(names), value.value.serialNumber) : counters[key];
    const after = followCounters(before, value.value, readAtMs ?? observedAtMs);
    if (after === undefined || (key === id && after === before)) continue;
    const { [key ?? id]: _, ...others } = counters;
    counters = { ...(key === undefined ? withoutStrangers(counters, inventory, probe) : others), [id]: after };
  }
  return counters === inventory.counters ? inventory : { ...inventory, counters };
}

/** Every name under which the counters of a disk may be kept, its present one first. */
function namesOf({ items }: NodeInventory, id: string): readonly string[] {
  const disk = items.find((item) => item.attachment !== undefined && (item.id === id || item.identities.includes(id)));
  return disk === undefined ? [id] : [...new Set([id, disk.id, ...disk.identities])];
}

/** What was counted on another node, where it is surely the same disk. */
function broughtAlong(elsewhere: ReturnType<FindElsewhere>, serialNumber: string): DiskCounters | undefined {
  const counters = elsewhere?.counters;
  return serialNumber !== "" && counters?.serialNumber === serialNumber ? counters : undefined;
}

/** Counters go along with a disk that moved: when it comes back, it brings the newer ones. */
function withoutMoved({ items, counters }: NodeInventory): NodeInventory["counters"] {
  const moved = items.filter((item) => item.gone?.reason === "moved" && counters[item.id] !== undefined).map((item) => item.id);
  if (moved.length === 0) return counters;
  return Object.fromEntries(Object.entries(counters).filter(([id]) => !moved.includes(id)));
}

/** Without those of disks that are neither remembered nor spoken of. */
function withoutStrangers(
  counters: NodeInventory["counters"],
  { items }: NodeInventory,
  probe: ProbeState,
): NodeInventory["counters"] {
  const known = new Set([
    ...items.flatMap((item) => [item.id, ...item.identities]),
    ...[...probe.subjects.values()].map((subject) => subject.id),
  ]);
  return Object.fromEntries(Object.entries(counters).filter(([id]) => known.has(id)));
}
