import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reading, temperatureAndReads } from "./test-support/readings.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./test-support/temporary-directory.ts";
import { openStore, type WorkerStore } from "./worker-store.ts";

const logger: Logger = createLogger("test", "silent");
const hourMs = 3_600_000;
const startMs = Math.floor(Date.UTC(2026, 10, 22, 10) / hourMs) * hourMs;

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory[Symbol.dispose]());

function open(): Promise<WorkerStore> {
  return openStore({ directory: directory.path, clock: systemClock, logger });
}

const node = {
  name: "neko",
  machineId: "m",
  bootId: "b",
  epoch: "epoch-1",
  agentVersion: "0.1.0",
  firstSeenAtMs: startMs,
  lastContactAtMs: startMs,
};

const finding: Finding = {
  ...{ id: "f", rule: "r", title: "t", severity: "high", state: "firing", node: "neko", subject: { kind: "node", id: "" } },
  ...{ text: "", action: "", evidence: [], pendingSince: "2026-11-22T10:00:00.000Z", isHeld: false },
};

describe("forgetNode", () => {
  it("forgets the node and its equipment, and nothing of its history", async () => {
    const inventory = { machineId: "m", listedKinds: [], items: [], counters: {} };
    {
      await using store = await open();
      await store.saveNodes([node, { ...node, name: "bobcat" }]);
      await store.commit([
        { ...reading({ sequence: 1, atMs: startMs }), stock: { inventories: [{ node: "neko", inventory }], changes: [] } },
      ]);
      await store.saveFindings([{ ...finding, state: "resolved", resolvedAt: "2026-11-22T10:01:00.000Z" }]);

      await store.forgetNode("neko");
      await store.forgetNode("nobody");
    }
    await using store = await open();
    const restored = await store.restore();
    const history = await store.history({
      ...{ node: "neko", kind: "block_device", id: undefined, names: [] },
      ...{ fromMs: startMs - hourMs, toMs: startMs + hourMs, resolution: "raw" },
    });

    expect(restored.nodes.map(({ name }) => name)).toEqual(["bobcat"]);
    expect(restored.inventories).toEqual([]);
    expect(history.series.length).toBeGreaterThan(0);
    expect(await store.listFindings({ node: "neko", includeResolved: true, limit: 10 })).toHaveLength(1);
  });
});

describe("openStore", () => {
  it("gives back after a restart what was written before it", async () => {
    {
      await using store = await open();
      await Promise.all([
        store.saveNodes([node]),
        store.commit([reading({ sequence: 1, atMs: startMs, values: [40, 0] })]),
        store.commit([reading({ sequence: 2, atMs: startMs + 15_000, values: [41, 30], isUnchanged: true })]),
        store.saveFindings([finding]),
      ]);
    }

    await using store = await open();

    const restored = await store.restore();
    expect(restored.nodes).toEqual([node]);
    expect(restored.findings).toEqual([finding]);
    expect(restored.observations).toHaveLength(1);
    expect(restored.observations[0]).toEqual({
      ...reading({ sequence: 2, atMs: startMs + 15_000, values: [41, 30], isUnchanged: false }),
    });
    expect(await store.committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: 2 }]);
    expect(await store.listFindings({ node: undefined, includeResolved: true, limit: 10 })).toEqual([finding]);
    const history = await store.history({
      ...{ node: "neko", kind: "block_device", id: undefined, names: ["read_bytes_total"], resolution: "auto" },
      ...{ fromMs: startMs, toMs: startMs + hourMs },
    });
    expect(history.series).toEqual([{ ...temperatureAndReads[1], isRate: true, at: [startMs + 15_000], average: [2] }]);
  });

  it("gives a restart many pages of observations", async () => {
    const count = 4500;
    {
      await using store = await open();
      await store.commit(
        Array.from({ length: count }, (_, index) => reading({ sequence: 1, atMs: startMs, node: `node-${index}` })),
      );
    }

    await using store = await open();

    const { observations } = await store.restore();
    expect(new Set(observations.map((stored) => stored.node)).size).toBe(count);
    expect(observations.every(({ observation }) => observation.body.case === "full")).toBe(true);
  });

  it("refuses what is not its database, and says what to do", async () => {
    writeFileSync(join(directory.path, "nodekeeper.db"), "not a database, but long enough to look at".repeat(100));

    await expect(open()).rejects.toMatchObject({ code: "STORE_CORRUPT", message: expect.stringContaining("collector salvage") });
  });

  it("refuses a directory that another store has open", async () => {
    await using _ = await open();

    await expect(open()).rejects.toMatchObject({ code: "STORE_IN_USE" });
  });
});

describe("closing", () => {
  it("commits what waits, is idempotent, and takes nothing any more", async () => {
    const store = await open();
    const commits = Array.from({ length: 50 }, (_, index) =>
      store.commit([reading({ sequence: index + 1, atMs: startMs + index })]),
    );

    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);

    await Promise.all(commits);
    await expect(store.status()).rejects.toMatchObject({ code: "STORE_FAILED", message: "the store is closed" });
    await using again = await open();
    expect(await again.committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: 50 }]);
  });

  it("gives maintenance up rather than wait for it", async () => {
    const store = await open();
    await store.commit(
      Array.from({ length: 20_000 }, (_, index) => reading({ sequence: index + 1, atMs: startMs + index * 1000 })),
    );
    const maintenance = store.maintain(startMs + 10 * hourMs).then(
      () => "done",
      (thrown: unknown) => thrown,
    );

    await store[Symbol.asyncDispose]();

    expect(await maintenance).toMatchObject({ code: "ABORTED" });
    await using again = await open();
    expect((await again.status()).observationCount).toBe(20_000);
    await again.maintain(startMs + 10 * hourMs);
    expect(await again.committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: 20_000 }]);
  });
});

describe("maintenance under load", () => {
  it("keeps no commit waiting for long, and nothing is lost or doubled meanwhile", { timeout: 60_000 }, async () => {
    await using store = await open();
    const nodes = Array.from({ length: 40 }, (_, index) => `node-${index}`);
    for (const name of nodes) {
      await store.commit(
        Array.from({ length: 480 }, (_, index) =>
          reading({ node: name, sequence: index + 1, atMs: startMs + index * 15_000, values: [index, index * 15] }),
        ),
      );
    }
    let isMaintained = false;
    const maintenance = store.maintain(startMs + 2 * hourMs + 60_000).then(() => {
      isMaintained = true;
    });
    const waitsMs: number[] = [];
    let sequence = 481;
    for (; !isMaintained; sequence += 1) {
      const askedAtMs = systemClock.monotonicMs();
      const atMs = startMs + (sequence - 1) * 15_000;
      await store.commit([
        reading({ node: "node-7", sequence, atMs, values: [sequence - 1, (sequence - 1) * 15], isUnchanged: true }),
      ]);
      waitsMs.push(systemClock.monotonicMs() - askedAtMs);
      if (waitsMs.length % 10 === 0) {
        const history = await store.history({
          ...{ node: "node-7", kind: "block_device", id: undefined, names: ["temperature_celsius"], resolution: "raw" },
          ...{ fromMs: startMs, toMs: atMs },
        });
        expect(history.series[0]?.average).toEqual(Array.from({ length: sequence }, (_, index) => index));
      }
    }
    await maintenance;

    expect(waitsMs.length).toBeGreaterThan(3);
    expect(median(waitsMs)).toBeLessThan(100);
    expect(await store.committedSpans("node-7", "epoch-1")).toEqual([{ first: 1, last: sequence - 1 }]);
    expect((await store.status()).observationCount).toBe(40 * 480 + waitsMs.length);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}
