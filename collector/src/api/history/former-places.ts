/** Where the numbers of a disk of before lie, which came from another machine: a disk has moved with its history. Pure. */
import type { InventoryItem } from "../../state/node-inventory.ts";
import type { NodeState } from "../../state/node-state.ts";
import { formerNode } from "../../store/former-node.ts";

/** A stretch of time in which the disk was somewhere else. */
export interface FormerPlace {
  /** As the store calls it: a node, or a machine that bore its name (former-node.ts). */
  readonly node: string;
  readonly untilMs: number;
}

/** No disk wanders further in the time for which history is kept. */
const maximumMoves = 4;

/** All of them, the last one first; none for a disk that has always been there. */
export function formerPlaces(nodes: readonly NodeState[], node: NodeState, disk: InventoryItem): readonly FormerPlace[] {
  return placesBefore(nodes, node, disk, maximumMoves);
}

function placesBefore(nodes: readonly NodeState[], node: NodeState, disk: InventoryItem, moves: number): readonly FormerPlace[] {
  const own = formersOf(node);
  if (moves === 0) return own;
  const from = nodes.flatMap((other) => {
    const left = other.name === node.name ? undefined : other.inventory?.items.find((item) => hasLeft(item, disk, node.name));
    if (left === undefined) return [];
    const last = { node: other.name, untilMs: left.gone?.sinceMs ?? 0 };
    return [last, ...placesBefore(nodes, other, left, moves - 1)];
  });
  return [...own, ...from];
}

/** The disk may have been in the machine before already: it was installed anew, or its disk was put into another one. */
function formersOf({ name, inventory }: NodeState): readonly FormerPlace[] {
  return (inventory?.formerMachines ?? []).map(({ machineId, untilMs }) => ({ node: formerNode(name, machineId), untilMs }));
}

/** Not by a name of the kernel: sda is on every machine. */
function hasLeft({ attachment, gone, identities }: InventoryItem, disk: InventoryItem, to: string): boolean {
  if (attachment === undefined || gone?.reason !== "moved" || gone.movedTo !== to) return false;
  return identities.some((identity) => !identity.startsWith("name:") && disk.identities.includes(identity));
}
