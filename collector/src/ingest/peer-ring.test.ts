import { describe, expect, it } from "vitest";
import { createPeerRing, type PeerRing } from "./peer-ring.ts";

function ringOf(ids: readonly string[]): PeerRing {
  const ring = createPeerRing();
  for (const id of ids) ring.add(id);
  return ring;
}

const fleet = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}CNTRL`);

describe("a ring of peers", () => {
  it.each([1, 2, 5, 17])("has everybody watch everybody among %i", (count) => {
    const ids = fleet(count);
    const ring = ringOf(ids);

    for (const id of ids) expect(ring.watchedBy(id).toSorted()).toEqual(ids.filter((other) => other !== id).toSorted());
  });

  it("has each of ten thousand watch sixteen, and be watched by sixteen", () => {
    const ids = fleet(10_000);
    const ring = ringOf(ids);
    const watchers = new Map<string, number>();
    for (const id of ids) for (const other of ring.watchedBy(id)) watchers.set(other, (watchers.get(other) ?? 0) + 1);

    expect(new Set(watchers.values())).toEqual(new Set([16]));
    expect(watchers.size).toBe(10_000);
    expect(ids.every((id) => !ring.watchedBy(id).includes(id))).toBe(true);
  });

  it("does not depend on the order in which machines come, and is what it was when one came and went", () => {
    const ids = fleet(300);
    const ring = ringOf(ids.toReversed());
    ring.add("nGuestCNTRL");
    ring.add("nGuestCNTRL");
    ring.remove("nGuestCNTRL");
    ring.remove("nNeverCNTRL");

    expect(ring.size).toBe(300);
    expect(ids.map((id) => ring.watchedBy(id))).toEqual(ids.map((id) => ringOf(ids).watchedBy(id)));
  });

  it("changes the task of sixteen when one comes", () => {
    const ids = fleet(1_000);
    const ring = ringOf(ids);
    const before = ids.map((id) => ring.watchedBy(id).join());
    ring.add("nGuestCNTRL");

    expect(ids.filter((id, index) => ring.watchedBy(id).join() !== before[index])).toHaveLength(16);
  });

  it("gives nothing to who is not on it", () => {
    expect(ringOf(fleet(5)).watchedBy("nGuestCNTRL")).toEqual([]);
  });
});
