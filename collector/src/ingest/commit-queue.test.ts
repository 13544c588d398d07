import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../test-support/fake-store.ts";
import { disk, observation } from "../test-support/observations.ts";
import { type CommitItem, type CommitLimits, createCommitQueue } from "./commit-queue.ts";
import { createProgressTable } from "./progress.ts";

const progress = createProgressTable().of("neko", "epoch-1");
const node = {
  ...{ name: "neko", machineId: "", bootId: "", epoch: "epoch-1", agentVersion: "", firstSeenAtMs: 0, lastContactAtMs: 0 },
};

function items(first: number, last: number = first, bytes = 100): readonly CommitItem[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    stored: {
      node: "neko",
      epoch: "epoch-1",
      observation: observation({ subjects: [disk("sda")] }, { sequence: first + index }),
      observedAtMs: 0,
      receivedAtMs: 0,
    },
    bytes,
    progress,
    droppedParts: undefined,
  }));
}

function aQueue(limits: Partial<CommitLimits> = {}) {
  const store = new FakeStore();
  store.nodes.set("neko", node);
  const clock = new FakeClock();
  const committed: number[] = [];
  const pressure: boolean[] = [];
  const queue = createCommitQueue({
    store,
    clock,
    random: () => 0.5,
    logger: createLogger("test", "silent"),
    metrics: { committed: () => undefined, commitFailed: () => undefined },
    takeNodes: () => [],
    onCommitted: (batch) => committed.push(...batch.map((item) => item.stored.observation.sequence)),
    onPressure: (isFull) => pressure.push(isFull),
    limits: { gatherMs: 0, ...limits },
  });
  return { store, clock, committed, pressure, queue };
}

describe("the commit queue", () => {
  it("commits together what came together while a commit was under way", async () => {
    const { store, queue, committed } = aQueue();
    const release = store.block();

    queue.add(items(1));
    await settle();
    queue.add(items(2, 4));
    queue.add(items(5));
    release();
    await settle();

    expect(store.commits).toEqual([1, 4]);
    expect(committed).toEqual([1, 2, 3, 4, 5]);
    await queue[Symbol.asyncDispose]();
  });

  it("writes what somebody changed of equipment in its place: after the observations before it, before those after it", async () => {
    const { store, queue } = aQueue();
    const inventory = { machineId: "", listedKinds: [], items: [], counters: {} };
    const stockOf = (word: string) => ({
      inventories: [{ node: "neko", inventory: { ...inventory, machineId: word } }],
      changes: [],
    });
    const [before, after] = [items(1), items(2)].map((all, index) =>
      all.map((item) => ({ ...item, stored: { ...item.stored, stock: stockOf(`observation ${index + 1}`) } })),
    );
    const release = store.block();
    const seen: (string | undefined)[] = [];

    queue.add(before ?? []);
    await settle();
    const written = queue.addStock(stockOf("somebody")).then(() => seen.push(store.inventories.get("neko")?.inventory.machineId));
    queue.add(after ?? []);
    const early = [...seen];
    release();
    await written;
    await settle();

    expect(early).toEqual([]);
    expect(seen).toEqual(["somebody"]);
    expect(store.inventories.get("neko")?.inventory.machineId).toBe("observation 2");
    expect(store.commits).toEqual([1, 1]);
    await queue[Symbol.asyncDispose]();
  });

  it("writes equipment again and again until the store takes it", async () => {
    const { store, clock, queue } = aQueue();
    store.fail(new AppError("STORE_FULL", "the disk is full"));
    let isWritten = false;
    const writing = queue.addStock({ inventories: [], changes: [] }).then(() => {
      isWritten = true;
    });
    await clock.advance(10_000);
    const early = isWritten;
    store.fail(undefined);
    await clock.advance(60_000);
    await writing;

    expect(early).toBe(false);
    expect(queue.length).toBe(0);
    await queue[Symbol.asyncDispose]();
  });

  it("says of equipment that it was not written when it is stopped before", async () => {
    const { store, clock, queue } = aQueue({ drainMs: 1_000 });
    store.fail(new AppError("STORE_FULL", "the disk is full"));
    const writing = queue.addStock({ inventories: [], changes: [] }).catch((thrown: unknown) => thrown);
    await settle();
    const stopping = queue[Symbol.asyncDispose]();
    await clock.advance(1_000);
    await stopping;

    expect(await writing).toMatchObject({ code: "ABORTED" });
  });

  it("says of equipment that it was not written when it comes after the end", async () => {
    const { queue } = aQueue();
    await queue[Symbol.asyncDispose]();

    await expect(queue.addStock({ inventories: [], changes: [] })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("lets a commit wait a moment for others to join it, and not when it is told to stop", async () => {
    const { store, clock, queue } = aQueue({ gatherMs: 20 });

    queue.add(items(1));
    await clock.advance(19);
    queue.add(items(2));
    const before = [...store.commits];
    await clock.advance(1);
    queue.add(items(3));
    await queue[Symbol.asyncDispose]();

    expect(before).toEqual([]);
    expect(store.commits).toEqual([2, 1]);
  });

  it("commits in batches of a bounded size, in order", async () => {
    const { store, queue, committed } = aQueue({ maximumBatch: 3 });

    queue.add(items(1, 8));
    await settle();

    expect(store.commits).toEqual([3, 3, 2]);
    expect(committed).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await queue[Symbol.asyncDispose]();
  });

  it("tries again with back-off until the store takes it, and says what is wrong meanwhile", async () => {
    const { store, clock, queue, committed } = aQueue();
    store.fail(new AppError("STORE_FULL", "the disk is full"));

    queue.add(items(1));
    await clock.advance(10_000);
    const problem = queue.problem;
    store.fail(undefined);
    await clock.advance(30_000);

    expect(problem).toBe("the disk is full");
    expect(queue.problem).toBeUndefined();
    expect(committed).toEqual([1]);
    await queue[Symbol.asyncDispose]();
  });

  it.each([
    { name: "observations", limits: { maximumItems: 4 }, each: 1 },
    { name: "bytes", limits: { maximumBytes: 400 }, each: 100 },
  ])("is full at its bound of $name, and has room again at half of it", async ({ limits, each }) => {
    const { store, queue, pressure } = aQueue({ ...limits, maximumBatch: 1 });
    const release = store.block();

    queue.add(items(1, 3, each));
    const before = queue.isFull;
    queue.add(items(4, 4, each));
    const at = queue.isFull;
    queue.add(items(5, 6, each));
    release();
    await settle();

    expect([before, at]).toEqual([false, true]);
    expect(pressure).toEqual([true, false]);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
    await queue[Symbol.asyncDispose]();
  });

  it("commits what it holds when it is stopped, and gives up on a store that does not answer", async () => {
    const quick = aQueue();
    quick.queue.add(items(1, 2));
    await quick.queue[Symbol.asyncDispose]();

    const stuck = aQueue();
    stuck.store.block();
    stuck.queue.add(items(1));
    const stopped = stuck.queue[Symbol.asyncDispose]();
    await stuck.clock.advance(5_000);
    await stopped;

    expect(quick.committed).toEqual([1, 2]);
    expect(stuck.committed).toEqual([]);
    expect(stuck.queue.length).toBe(1);
  });
});
