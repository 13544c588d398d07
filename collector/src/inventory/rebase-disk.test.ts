import { describe, expect, it } from "vitest";
import type { CounterTrack, InventoryItem, NodeInventory } from "../state/node-inventory.ts";
import { rebaseCountersOf } from "./rebase-disk.ts";

const nowMs = Date.UTC(2026, 10, 23, 9);
const grown: CounterTrack = {
  ...{ baseline: 3, baselineAtMs: 0, value: 5 },
  growth: { before: 3, sinceMs: 1, atMs: 2, by: 1, recent: [[2, 1]], mostPerDay: 2 },
};

function item(id: string, kernelName: string): InventoryItem {
  const name = `Example 980 (${kernelName})`;
  return { kind: "block_device", id, identities: [id, `serial:${id}`], name, fields: {}, attachment: "fixed", sinceMs: 0 };
}

const inventory: NodeInventory = {
  ...{ machineId: "m", listedKinds: [], items: [item("eui.1", "nvme0n1"), item("eui.2", "nvme1n1")] },
  counters: {
    "eui.1": {
      serialNumber: "S1",
      tracks: { media_and_data_integrity_errors: grown, unsafe_shutdowns: { baseline: 9, baselineAtMs: 0, value: 9 } },
    },
    "eui.2": { serialNumber: "S2", tracks: { media_and_data_integrity_errors: grown } },
    "eui.3": { serialNumber: "S2", tracks: {} },
  },
};

describe("a baseline", () => {
  it.each(["eui.1", "S1", "serial:eui.1", "nvme0n1", "/dev/nvme0n1"])(
    "is what the disk %s counted last, and no growth is left",
    (disk) => {
      const rebased = rebaseCountersOf("neko", inventory, disk, nowMs);

      expect(rebased.baseline).toEqual({
        ...{ node: "neko", disk: "eui.1", serialNumber: "S1", at: "2026-11-23T09:00:00.000Z" },
        counters: [
          { name: "media_and_data_integrity_errors", before: 3, baseline: 5 },
          { name: "unsafe_shutdowns", before: 9, baseline: 9 },
        ],
      });
      expect(rebased.inventory.counters["eui.1"]?.tracks).toEqual({
        media_and_data_integrity_errors: { baseline: 5, baselineAtMs: nowMs, value: 5 },
        unsafe_shutdowns: { baseline: 9, baselineAtMs: nowMs, value: 9 },
      });
      expect(rebased.inventory).toMatchObject({ items: inventory.items, counters: { "eui.2": inventory.counters["eui.2"] } });
    },
  );

  it.each([
    { name: "that nobody has", disk: "sdz", code: "NOT_FOUND", says: "those that count errors are eui.1 (S1), eui.2 (S2)" },
    { name: "that is two", disk: "S2", code: "CONFLICT", says: "2 disks of neko are called" },
  ])("is not set of a disk $name", ({ disk, code, says }) => {
    const attempt = () => rebaseCountersOf("neko", inventory, disk, nowMs);

    expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) }));
  });

  it("is not set of a node of which no disk counts errors", () => {
    expect(() => rebaseCountersOf("neko", undefined, "sda", nowMs)).toThrow("none of its disks counts errors");
  });
});
