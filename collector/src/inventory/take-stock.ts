/**
 * (what is remembered of a node, what was observed) → what is remembered, and what changed. Pure: the same observations give the same
 * changes, whenever the collector was restarted in between. The first look at a node says one thing, not a hundred.
 */
import { Outcome } from "@nodekeeper/proto";
import type { Change } from "@nodekeeper/shared/api";
import type { FormerMachine, InventoryItem, NodeInventory } from "../state/node-inventory.ts";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import { changeText } from "./change-text.ts";
import { compareKind, type ItemEvent } from "./compare-kind.ts";
import { type InventoryKind, inventoryKinds } from "./inventory-kinds.ts";
import { stockOfCounters } from "./stock-of-counters.ts";
import { stockOfFills } from "./stock-of-fills.ts";
import { stockOfLinks } from "./stock-of-links.ts";
import { type Elsewhere, type FindElsewhere, type TracedEvent, traceMove } from "./trace-move.ts";

/** A change that the store has not numbered yet. */
export type NewChange = Omit<Change, "id">;

/** What an observation did. */
export interface Stock {
  /** The same object when there is nothing new to remember. */
  readonly inventory: NodeInventory;
  readonly changes: readonly NewChange[];
  /** Disks that were on other nodes, and are here now. */
  readonly arrived: readonly Elsewhere[];
}

/** Disks that are gone are remembered for so long, and so many of a node: they may turn up somewhere. */
const goneKeptMs = 400 * 24 * 3_600_000;
const maximumGone = 64;
/** Machines that bore a name before are remembered, so that the history of their disks is found. */
const maximumFormerMachines = 4;

/**
 * Takes stock of what `probes` of a node have just observed. `previousAtMs` is when the node last spoke of these things before: a disk that
 * is somewhere else since then has moved.
 */
export function takeStock(
  node: NodeState,
  probes: readonly ProbeState[],
  previousAtMs: number,
  findElsewhere: FindElsewhere,
): Stock {
  const atMs = Math.max(0, ...probes.map((probe) => probe.observedAtMs));
  const start = beginning(node, atMs);
  const changes: NewChange[] = start.change === undefined ? [] : [start.change];
  const arrived: Elsewhere[] = [];
  let inventory = start.inventory;
  for (const probe of probes) {
    if (probe.outcome === Outcome.FAILED) continue; // it could not tell
    const kinds = new Set([...probe.lists.keys(), ...[...probe.subjects.values()].map((subject) => subject.kind)]);
    for (const kind of inventoryKinds) {
      if (!kinds.has(kind.kind)) continue; // others speak of it
      const taken = stockOfKind(inventory, kind, probe, previousAtMs, findElsewhere);
      inventory = taken.inventory;
      for (const event of taken.events) {
        changes.push(changeOf(event, node.name, probe.observedAtMs));
        if (event.change !== "moved_away" && event.elsewhere !== undefined) arrived.push(event.elsewhere);
      }
    }
    inventory = stockOfFills(stockOfLinks(stockOfCounters(inventory, probe, findElsewhere), probe), probe);
  }
  return { inventory, changes, arrived };
}

/** What is remembered before the first look: nothing of a machine that nobody has met. */
function beginning(
  { name, machineId, inventory, firstSeenAtMs }: NodeState,
  atMs: number,
): { readonly inventory: NodeInventory; readonly change: NewChange | undefined } {
  if (inventory !== undefined && !isOfOtherMachine(inventory, machineId)) {
    const isNamed = machineId === "" || machineId === inventory.machineId;
    return { inventory: isNamed ? inventory : { ...inventory, machineId }, change: undefined };
  }
  // Disks of the machine before are not missed here, but they may turn up somewhere, be it in the new one. One that has no more than a name of the
  // kernel cannot be known again: sda of this machine is another disk.
  const items = (inventory?.items ?? [])
    .filter(({ attachment, identities }) => attachment !== undefined && identities.some((name) => !name.startsWith("name:")))
    .map((item) => (item.gone === undefined ? { ...item, gone: { sinceMs: atMs, reason: "replaced" as const } } : item));
  const counters = Object.entries(inventory?.counters ?? {}).filter(([, { serialNumber }]) => serialNumber !== "");
  const field = {
    name: "machineId",
    ...(inventory === undefined ? {} : { before: inventory.machineId }),
    ...(machineId === "" ? {} : { after: machineId }),
  };
  const change = { change: "first_seen" as const, fields: [field] };
  return {
    inventory: {
      ...{ machineId, listedKinds: [], items, counters: Object.fromEntries(counters) },
      ...(inventory === undefined ? {} : { formerMachines: formerMachinesOf(inventory, machineId, atMs) }),
    },
    change: {
      // A database from before there was an inventory knows the node for longer.
      at: timestamp(inventory === undefined ? Math.min(firstSeenAtMs, atMs) : atMs),
      node: name,
      subject: { kind: "node", id: "" },
      ...change,
      text: changeText({ ...change, name }),
    },
  };
}

/** One that comes back is none of them any more. */
function formerMachinesOf(inventory: NodeInventory, machineId: string, untilMs: number): readonly FormerMachine[] {
  const all = [{ machineId: inventory.machineId, untilMs }, ...(inventory.formerMachines ?? [])];
  return all.filter((former) => former.machineId !== machineId).slice(0, maximumFormerMachines);
}

/** True when what is remembered is of another machine that bore the node's name. */
export function isOfOtherMachine(inventory: NodeInventory, machineId: string): boolean {
  return inventory.machineId !== "" && machineId !== "" && inventory.machineId !== machineId;
}

function stockOfKind(
  inventory: NodeInventory,
  kind: InventoryKind,
  probe: ProbeState,
  previousAtMs: number,
  findElsewhere: FindElsewhere,
): { readonly inventory: NodeInventory; readonly events: readonly TracedEvent[] } {
  const isListed = inventory.listedKinds.includes(kind.kind);
  const before = inventory.items.filter((item) => item.kind === kind.kind);
  const { items, events, isWhole } = compareKind(kind, before, probe);
  const traced = events
    .flatMap((event) => withoutTwin(event, kind, inventory))
    .map((event) => ({ event, traced: traceMove(event, findElsewhereOf(event, findElsewhere), previousAtMs) }));
  const replaced = new Map(traced.map(({ event, traced: { item } }) => [event.item, item]));
  const isFirstWhole = isWhole && !isListed && kind.isCounted;
  // Until a whole list was seen, what turns up may have been there before anyone looked.
  const told = traced.map((each) => each.traced).filter((event) => isListed || !["appeared", "returned"].includes(event.change));
  if (items === before && !isFirstWhole) return { inventory, events: told };
  const others = inventory.items.filter((item) => item.kind !== kind.kind);
  return {
    inventory: {
      ...inventory,
      listedKinds: isFirstWhole ? [...inventory.listedKinds, kind.kind] : inventory.listedKinds,
      items: [
        ...others,
        ...withoutForgotten(
          items.map((item) => replaced.get(item) ?? item),
          probe.observedAtMs,
        ),
      ],
    },
    events: told,
  };
}

/** Only disks are known again on other nodes. */
function findElsewhereOf({ item }: ItemEvent, findElsewhere: FindElsewhere): Elsewhere | undefined {
  return item.attachment === undefined ? undefined : findElsewhere(item.identities);
}

/** Without what the same thing says under another kind already. */
function withoutTwin(event: ItemEvent, kind: InventoryKind, { items }: NodeInventory): readonly ItemEvent[] {
  if (event.change !== "changed") return [event];
  const fields = event.fields.filter(({ name, after }) => {
    const twin = kind.twins[name];
    if (twin === undefined) return true;
    const other = items.find((item) => item.kind === twin.kind && item.id === event.item.id);
    return other === undefined || other.fields[twin.field] !== after;
  });
  return fields.length === 0 ? [] : [{ ...event, fields }];
}

function withoutForgotten(items: readonly InventoryItem[], nowMs: number): readonly InventoryItem[] {
  const gone = items.flatMap(({ gone: each }) => (each === undefined ? [] : [each.sinceMs])).sort((a, b) => b - a);
  const oldestMs = Math.max(nowMs - goneKeptMs, gone[maximumGone - 1] ?? Number.NEGATIVE_INFINITY);
  return items.filter((item) => item.gone === undefined || item.gone.sinceMs >= oldestMs);
}

function changeOf({ change, item, fields, elsewhere }: TracedEvent, node: string, atMs: number): NewChange {
  const rest = elsewhere === undefined ? {} : { otherNode: elsewhere.node };
  const text = changeText({ change, fields, name: item.name, ...rest });
  return { at: timestamp(atMs), node, change, subject: { kind: item.kind, id: item.id }, text, fields: [...fields], ...rest };
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
