import type { History, HistorySeries } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../../state/holder.ts";
import type { Gone, InventoryItem, NodeInventory } from "../../state/node-inventory.ts";
import type { NodeState } from "../../state/node-state.ts";
import { formerNode } from "../../store/former-node.ts";
import type { HistoryRequest } from "../../store/store.ts";
import { connectedNode, startMs } from "../../test-support/states.ts";
import { historyOf } from "./history-of.ts";

const hourMs = 3_600_000;
const old = "f".repeat(32);

function disk(id: string, gone?: Gone): InventoryItem {
  const item = { kind: "block_device", id, identities: [id, "name:sda"], name: id, fields: {}, attachment: "fixed" as const };
  return { ...item, sinceMs: startMs, ...(gone === undefined ? {} : { gone }) };
}

function node(name: string, items: readonly InventoryItem[], formerMachines?: NodeInventory["formerMachines"]): NodeState {
  const connected = connectedNode(startMs, { nodeName: name });
  const inventory = { machineId: connected.machineId, listedKinds: ["block_device"], items, counters: {} };
  return { ...connected, inventory: formerMachines === undefined ? inventory : { ...inventory, formerMachines } };
}

const movedTo = (name: string, hoursAgo: number): Gone => ({
  ...{ reason: "moved", movedTo: name, sinceMs: startMs - hoursAgo * hourMs },
});

/** One point an hour of a disk, on each of the hours before now. */
function series(id: string, ...hoursAgo: readonly number[]): HistorySeries {
  const at = hoursAgo.map((hours) => startMs - hours * hourMs);
  return { kind: "disk_health", id, name: "percentage_used", isRate: false, at, average: [...hoursAgo] };
}

/** Asks with numbers that lie under these names; gives them and what was asked. */
async function ask(
  nodes: readonly NodeState[],
  numbers: Readonly<Record<string, readonly HistorySeries[]>>,
  more: Partial<HistoryRequest> = {},
) {
  const asked: string[] = [];
  const store = {
    async history({ node: of, fromMs, toMs }: HistoryRequest): Promise<History> {
      asked.push(of);
      const [from, to] = [fromMs, toMs].map((atMs) => new Date(atMs).toISOString());
      const cut = (numbers[of] ?? []).map((each) => {
        const count = each.at.filter((atMs) => atMs <= toMs).length;
        return { ...each, at: each.at.slice(0, count), average: each.average.slice(0, count) };
      });
      return { node: of, from: from ?? "", to: to ?? "", resolution: "1h", series: cut };
    },
  };
  const request: HistoryRequest = {
    ...{ node: "bobcat", kind: "disk_health", id: undefined, names: [], resolution: "1h" },
    ...{ fromMs: startMs - 100 * hourMs, toMs: startMs, ...more },
  };
  const { series: found } = await historyOf({ state: createStateHolder(nodes), store }, request);
  return { asked, found: Object.fromEntries(found.map(({ id, average }) => [id, average])) };
}

describe("the history of a node", () => {
  it("has that of a disk from the machine where it was before, and of no other disk there", async () => {
    const nodes = [node("bobcat", [disk("a")]), node("neko", [disk("a", movedTo("bobcat", 3)), disk("b")])];
    const numbers = { bobcat: [series("a", 2, 1)], neko: [series("a", 9, 8), series("b", 9, 8)] };

    expect(await ask(nodes, numbers)).toEqual({ asked: ["bobcat", "neko"], found: { a: [9, 8, 2, 1] } });
    expect((await ask(nodes, numbers, { id: "a" })).found).toEqual({ a: [9, 8, 2, 1] });
  });

  it("follows a disk over several machines, and takes no moment from two of them", async () => {
    const nodes = [
      node("bobcat", [disk("a")]),
      node("neko", [disk("a", movedTo("bobcat", 1))]),
      node("panther", [disk("a", movedTo("neko", 6))]),
    ];
    const numbers = { bobcat: [series("a", 3, 2)], neko: [series("a", 5, 4, 3)], panther: [series("a", 9, 8)] };

    expect((await ask(nodes, numbers)).found).toEqual({ a: [9, 8, 5, 4, 3, 2] });
  });

  it("has that of disks from before the machine was installed anew, and nothing else of it", async () => {
    const nodes = [node("bobcat", [disk("a")], [{ machineId: old, untilMs: startMs - 3 * hourMs }])];
    const numbers = { bobcat: [series("a", 1)], [formerNode("bobcat", old)]: [series("a", 9), series("b", 9)] };

    expect((await ask(nodes, numbers)).found).toEqual({ a: [9, 1] });
    expect((await ask(nodes, numbers, { kind: "cpu" })).asked).toEqual(["bobcat"]);
  });

  it("asks nobody else where no disk ever moved, or not in the time that is asked for", async () => {
    const still = [node("bobcat", [disk("a")]), node("neko", [disk("b"), disk("c", movedTo("panther", 3))])];
    const moved = [node("bobcat", [disk("a")]), node("neko", [disk("a", movedTo("bobcat", 3))])];

    expect((await ask(still, {})).asked).toEqual(["bobcat"]);
    expect((await ask(moved, {}, { fromMs: startMs - hourMs })).asked).toEqual(["bobcat"]);
  });

  it("knows no disk again by what the kernel calls it", async () => {
    const nameless = { ...disk("a"), identities: ["name:sda"] };
    const nodes = [node("bobcat", [nameless]), node("neko", [{ ...disk("x", movedTo("bobcat", 3)), identities: ["name:sda"] }])];

    expect((await ask(nodes, {})).asked).toEqual(["bobcat"]);
  });

  it("goes round in no circle where a disk went there and back", async () => {
    const nodes = [node("bobcat", [disk("a")]), node("neko", [disk("a", movedTo("bobcat", 3))])];
    const numbers = { bobcat: [series("a", 9, 2)], neko: [series("a", 5)] };

    expect(await ask(nodes, numbers)).toEqual({ asked: ["bobcat", "neko"], found: { a: [9, 5, 2] } });
  });
});
