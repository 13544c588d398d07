/**
 * Takes stock of all nodes as observations come, and knows on which node each disk was last seen. It derives; the state holds, and the store
 * keeps what it derived in the same commit as the observation: a crash in between leaves neither, and the agent sends it again.
 */
import { Outcome } from "@nodekeeper/proto";
import type { StateHolder } from "../state/holder.ts";
import type { InventoryItem, NodeInventory } from "../state/node-inventory.ts";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import type { RememberedInventory } from "../state/restore.ts";
import { changeText } from "./change-text.ts";
import { isFillDue } from "./stock-of-fills.ts";
import { isOfOtherMachine, type NewChange, takeStock } from "./take-stock.ts";
import { type Elsewhere, type FindElsewhere, moved } from "./trace-move.ts";

/** What is to be stored with an observation. */
export interface StockTaken {
  readonly inventories: readonly RememberedInventory[];
  readonly changes: readonly NewChange[];
}

/** Takes stock. */
export interface StockTaker {
  /**
   * After the state took an observation of a probe of a node: `before` is the probe as it was. Undefined when there is nothing to store,
   * which is so for nearly all of them.
   */
  observe(node: string, probe: string, before: ProbeState | undefined): StockTaken | undefined;
}

/** Begins with what the state remembers. */
export function createStockTaker(state: Pick<StateHolder, "node" | "nodes" | "apply">): StockTaker {
  /** By identity of a disk, the node on which it was seen last. */
  const lastSeenOn = new Map<string, string>();
  for (const { name, inventory } of state.nodes()) noteDisks(name, inventory?.items ?? []);

  return {
    observe(name, probeName, before) {
      const node = state.node(name);
      const probe = node?.probes.get(probeName);
      if (node === undefined || probe === undefined || probe === before || !isNews(node, probe, before)) return undefined;
      const isFirst = node.inventory === undefined || isOfOtherMachine(node.inventory, node.machineId);
      const probes = isFirst ? [...node.probes.values()] : [probe];
      const stock = takeStock(node, probes, before?.observedAtMs ?? 0, elsewhereThan(name));
      if (stock.inventory === node.inventory) return undefined;
      remember(name, stock.inventory);
      const departures = stock.arrived.flatMap((from) => depart(from, name, probe.observedAtMs) ?? []);
      const changed = new Set([name, ...stock.arrived.map((from) => from.node)]);
      return {
        inventories: [...changed].flatMap((each) => recordOf(each) ?? []),
        changes: [...stock.changes, ...departures],
      };
    },
  };

  function recordOf(node: string): RememberedInventory | undefined {
    const inventory = state.node(node)?.inventory;
    return inventory && { node, inventory };
  }

  function remember(node: string, inventory: NodeInventory): void {
    const before = new Set(state.node(node)?.inventory?.items);
    const after = new Set(inventory.items);
    state.apply({ kind: "inventoried", node, inventory });
    noteDisks(
      node,
      [...after].filter((item) => !before.has(item)),
    );
    for (const identity of [...before].filter((item) => !after.has(item)).flatMap((item) => item.identities)) {
      if (lastSeenOn.get(identity) === node && diskOn(node, identity) === undefined) lastSeenOn.delete(identity);
    }
  }

  function noteDisks(node: string, items: readonly InventoryItem[]): void {
    for (const item of items) {
      if (item.attachment === undefined) continue;
      for (const identity of item.identities) {
        // A name of the kernel is no identity: sda is on every machine.
        if (identity.startsWith("name:")) continue;
        if (isLater(item, diskOn(lastSeenOn.get(identity), identity))) lastSeenOn.set(identity, node);
      }
    }
  }

  function diskOn(node: string | undefined, identity: string): InventoryItem | undefined {
    const inventory = node === undefined ? undefined : state.node(node)?.inventory;
    return inventory?.items.find((item) => item.attachment !== undefined && item.identities.includes(identity));
  }

  function elsewhereThan(name: string): FindElsewhere {
    return (identities) => {
      for (const identity of identities) {
        const node = lastSeenOn.get(identity);
        if (node === undefined || node === name) continue;
        const item = diskOn(node, identity);
        const counters = state.node(node)?.inventory?.counters;
        if (item === undefined || counters === undefined) continue;
        const key = [item.id, ...item.identities].find((name) => counters[name] !== undefined);
        return { node, item, counters: key === undefined ? undefined : counters[key] };
      }
      return undefined;
    };
  }

  /** Where the disk was missed, it is known now where it is. Where it still counts as present, that node has to say so itself. */
  function depart({ node, item }: Elsewhere, to: string, atMs: number): NewChange | undefined {
    const inventory = state.node(node)?.inventory;
    if (inventory === undefined || item.gone === undefined || !inventory.items.includes(item)) return undefined;
    const { [item.id]: _, ...counters } = inventory.counters;
    remember(node, { ...inventory, items: inventory.items.map((each) => (each === item ? moved(item, to) : each)), counters });
    return item.gone.reason === "missing" ? departure(node, item, to, atMs) : undefined;
  }
}

/** Where two nodes know a disk: that which has it rather than that which had it, then that which got it later. */
function isLater(item: InventoryItem, than: InventoryItem | undefined): boolean {
  if (than === undefined) return true;
  if ((item.gone === undefined) !== (than.gone === undefined)) return item.gone === undefined;
  return (item.gone?.sinceMs ?? item.sinceMs) >= (than.gone?.sinceMs ?? than.sinceMs);
}

/** Equal facts say nothing new, but where a counter fell: then they confirm it; and a day is a day. A probe that finds nothing any more has none. */
function isNews(node: NodeState, probe: ProbeState, before: ProbeState | undefined): boolean {
  if (node.inventory === undefined || before === undefined) return true;
  if (probe.outcome === Outcome.ABSENT) return before.outcome !== Outcome.ABSENT;
  return probe.factsHash !== before.factsHash || before.outcome === Outcome.ABSENT || isAwaited(node.inventory, probe);
}

function isAwaited(inventory: NodeInventory, probe: ProbeState): boolean {
  if (isFillDue(inventory, probe)) return true;
  if (!probe.lists.has("disk_health")) return false;
  const { counters } = inventory;
  return Object.values(counters).some(({ tracks }) => Object.values(tracks).some(({ fallen }) => fallen !== undefined));
}

function departure(node: string, item: InventoryItem, to: string, atMs: number): NewChange {
  const told = { change: "moved_away" as const, fields: [], otherNode: to };
  return {
    ...{ at: new Date(atMs).toISOString(), node, subject: { kind: item.kind, id: item.id } },
    ...told,
    text: changeText({ ...told, name: item.name }),
  };
}
