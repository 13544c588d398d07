import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeInventory } from "../../state/node-inventory.ts";
import { decodeCommitBatch, encodeCommitBatch } from "../commit-batch.ts";
import type { NewChange, StoredStock } from "../store.ts";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const dayMs = 86_400_000;
const node = {
  name: "neko",
  machineId: "m",
  bootId: "b",
  epoch: "e",
  agentVersion: "1",
  firstSeenAtMs: 0,
  lastContactAtMs: startMs,
};

let store: EngineUnderTest;

beforeEach(() => {
  store = engineUnderTest();
});

afterEach(() => store[Symbol.dispose]());

function change(text: string, atMs: number, of = "neko"): NewChange {
  return {
    ...{ at: new Date(atMs).toISOString(), node: of, change: "appeared", subject: { kind: "block_device", id: "a" }, text },
    fields: [{ name: "model", after: "An SSD" }],
  };
}

function inventory(machineId: string): NodeInventory {
  return { machineId, listedKinds: ["block_device"], items: [], counters: {} };
}

/** Commits an observation that brought this. */
function commit(sequence: number, stock: StoredStock): void {
  store.commit([{ ...reading({ sequence, atMs: startMs + sequence }), stock }]);
}

function texts(query: { node?: string; before?: { atMs: number; id: number }; limit?: number } = {}): readonly string[] {
  const { node: of, before, limit = 100 } = query;
  return store
    .engine()
    .listChanges({ node: of, before, limit })
    .map(({ text }) => text);
}

describe("changes and inventories in the store", () => {
  it("are there after the commit of their observation, and after a crash", () => {
    commit(1, { inventories: [{ node: "neko", inventory: inventory("1") }], changes: [change("one", startMs)] });
    commit(2, { inventories: [{ node: "neko", inventory: inventory("2") }], changes: [] });
    using crashed = store.crash();

    expect(crashed.engine().listChanges({ node: undefined, before: undefined, limit: 10 })).toEqual([
      { id: 1, ...change("one", startMs) },
    ]);
    expect(crashed.engine().inventoriesPage("", 10)).toEqual([{ node: "neko", body: JSON.stringify(inventory("2")) }]);
    expect(crashed.engine().inventoriesPage("neko", 10)).toEqual([]);
  });

  it("write of each node what is remembered last, where one commit brings several", () => {
    const stockOf = (machineId: string) => ({ inventories: [{ node: "neko", inventory: inventory(machineId) }], changes: [] });
    const other = { inventories: [{ node: "bobcat", inventory: inventory("b") }], changes: [change("one", startMs)] };
    const batch = encodeCommitBatch([
      { ...reading({ sequence: 1, atMs: startMs }), stock: stockOf("1") },
      { ...reading({ sequence: 2, atMs: startMs }), stock: other },
      { ...reading({ sequence: 3, atMs: startMs }), stock: stockOf("2") },
    ]);

    expect(batch.headers.map(({ stock }) => stock?.inventories.map(({ node: of }) => of))).toEqual([[], ["bobcat"], ["neko"]]);
    expect(batch.headers[2]?.stock?.inventories[0]?.body).toBe(JSON.stringify(inventory("2")));
    expect(batch.headers[1]?.stock?.changes).toHaveLength(1);
  });

  it("are not there when their transaction failed", () => {
    const stock = { inventories: [{ node: "neko", inventory: inventory("1") }], changes: [change("one", startMs)] };
    const entries = decodeCommitBatch(encodeCommitBatch([{ ...reading({ sequence: 1, atMs: startMs }), stock }]));
    const attempt = (): void =>
      store.engine().transaction("testing", () => {
        store.engine().commit(entries);
        throw new Error("the power fails");
      });
    expect(attempt).toThrow("the power fails");

    expect(texts()).toEqual([]);
    expect(store.engine().inventoriesPage("", 10)).toEqual([]);
  });

  it("are listed newest first by when they were observed, of all nodes or of one, page by page", () => {
    const changes = [
      change("b", startMs + 2),
      change("a", startMs + 1),
      change("c", startMs + 2),
      change("d", startMs, "bobcat"),
    ];
    commit(1, { inventories: [], changes });

    expect(texts()).toEqual(["c", "b", "a", "d"]);
    expect(texts({ node: "neko", limit: 2 })).toEqual(["c", "b"]);
    expect(texts({ node: "neko", before: { atMs: startMs + 2, id: 1 } })).toEqual(["a"]);
    expect(texts({ before: { atMs: startMs + 2, id: 3 } })).toEqual(["b", "a", "d"]);
  });

  it("are kept for five years, and then dropped", () => {
    commit(1, { inventories: [], changes: [change("old", startMs), change("new", startMs + 2 * dayMs)] });
    store.maintain(startMs + (5 * 365 - 1) * dayMs);
    const before = texts();
    store.maintain(startMs + (5 * 365 + 1) * dayMs);

    expect(before).toEqual(["new", "old"]);
    expect(texts()).toEqual(["new"]);
  });

  it("are bounded for a node of which something comes and goes all the time", () => {
    const many = Array.from({ length: 10_050 }, (_, index) => change(String(index), startMs + index));
    commit(1, { inventories: [], changes: [...many, change("other", startMs, "bobcat")] });
    store.maintain(startMs + dayMs);

    expect(texts({ node: "neko", limit: 20_000 })).toHaveLength(10_000);
    expect(texts({ node: "neko", limit: 1 })).toEqual(["10049"]);
    expect(texts({ node: "bobcat" })).toEqual(["other"]);
  });

  it("forget the inventory of a node that is forgotten", () => {
    store.engine().transaction("testing", () => store.engine().saveNodes([node]));
    commit(1, {
      inventories: ["neko", "nobody"].map((name) => ({ node: name, inventory: inventory(name) })),
      changes: [],
    });
    store.maintain(startMs + dayMs);

    expect(
      store
        .engine()
        .inventoriesPage("", 10)
        .map((row) => row.node),
    ).toEqual(["neko"]);
  });
});
