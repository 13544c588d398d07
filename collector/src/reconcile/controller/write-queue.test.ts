import { expect, it } from "vitest";
import { createClusterHolder } from "../../state/cluster/create-cluster-holder.ts";
import { FakeNodes } from "../test-support/fake-nodes.ts";
import { createFakeReconciler } from "../test-support/fake-reconciler.ts";
import { emptyRecord, type ObjectRecord } from "./object-memory.ts";
import { createWriteQueue } from "./write-queue.ts";

const records = (name: string, ...keys: readonly string[]): readonly ObjectRecord[] => {
  const nodes = new FakeNodes(createClusterHolder(), () => 0);
  const reconciler = createFakeReconciler(nodes, name);
  return keys.map((key) => emptyRecord(reconciler, key, 0));
};

it("goes past a reconciler that has all its places, to what others have to write", () => {
  const queue = createWriteQueue(2);
  const slow = records("longhorn-disks", "a", "b", "c", "d");
  const [label] = records("node-labels", "a");
  for (const record of [...slow, label]) if (record !== undefined) queue.add(record, "soon");

  expect([queue.begin(), queue.begin(), queue.begin()]).toEqual([slow[0], slow[1], label]);
  expect([queue.begin(), queue.hasNext, [...queue].length]).toEqual([undefined, false, 2]);
});

it("goes on with what was set aside when a place is free, the urgent first, each once", () => {
  const queue = createWriteQueue(1);
  const [first, later, soon] = records("longhorn-disks", "a", "b", "c");
  if (first === undefined || later === undefined || soon === undefined) throw new Error("there are three");
  for (const record of [first, later, soon]) queue.add(record, "later");
  expect(queue.begin()).toBe(first);
  expect(queue.begin()).toBeUndefined();
  queue.add(soon, "soon");

  queue.end(first);
  expect([queue.hasNext, queue.begin()]).toEqual([true, soon]);
  queue.end(soon);
  expect(queue.begin()).toBe(later);
  queue.end(later);
  expect([queue.hasNext, queue.begin()]).toEqual([false, undefined]);
});
