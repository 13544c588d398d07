import type { HistorySeries } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import type { NodeState } from "../../state/node-state.ts";
import { viewNode } from "../../state/node-view.ts";
import { reduce } from "../../state/reduce.ts";
import { engineUnderTest } from "../../store/test-support/engine-under-test.ts";
import { reading } from "../../store/test-support/readings.ts";
import { aReading, Machine, type Reading } from "../test-support/machine.ts";
import { forecastHistory, forecastList } from "./forecast-list.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 22);

function disk(id: string, modelName: string, samples: Readonly<Record<string, number>>): Reading {
  return aReading("disk_health", id, { case: "diskHealth", value: { modelName, device: `/dev/${id}` } }, samples);
}

function filesystem(mountPoint: string, usedBytes: number, more: { isReadOnly?: boolean; inodesTotal?: bigint } = {}): Reading {
  const samples = { used_bytes: usedBytes, available_bytes: 1_000 - usedBytes, inodes_used: 10, inodes_free: 90 };
  return aReading("filesystem", mountPoint, { case: "filesystem", value: { mountPoint, ...more } }, samples);
}

function nodeWith(readings: readonly Reading[]): NodeState {
  const machine = new Machine("neko");
  const events = [machine.connect(nowMs), machine.observe("disks", readings, nowMs)];
  return events.reduce<NodeState | undefined>(reduce, undefined) ?? fail();
}

function fail(): never {
  throw new Error("the node is not known");
}

/** A point an hour for so many days up to now. */
function series(kind: string, id: string, name: string, days: number, valueAt: (day: number) => number | null): HistorySeries {
  const hours = Array.from({ length: days * 24 }, (_, hour) => hour);
  return {
    ...{ kind, id, name, isRate: false },
    at: hours.map((hour) => nowMs - days * dayMs + (hour * dayMs) / 24),
    average: hours.map((hour) => valueAt(hour / 24)),
  };
}

function forecastsOf(readings: readonly Reading[], ...history: readonly HistorySeries[]) {
  return forecastList(viewNode(nodeWith(readings), nowMs), history).forecasts;
}

describe("feature 31: forecasts of a node", () => {
  it("tell when a disk's wear is used up, between which dates, and from which history", () => {
    const wear = series("disk_health", "nvme0", "percentage_used", 300, (day) => Math.floor(20 + day / 10));

    const [found] = forecastsOf([disk("nvme0", "A fast disk", { percentage_used: 49 })], wear);

    expect(found).toMatchObject({
      ...{ kind: "disk_health", id: "nvme0", name: "A fast disk (/dev/nvme0)", what: "wear", unit: "percent" },
      ...{ now: 49, limit: 100, outcome: "reaches", historyFrom: "2026-01-26T00:00:00.000Z" },
    });
    expect(found?.perDay).toBeCloseTo(0.1, 2);
    const daysUntil = (at: string | undefined): number => (Date.parse(at ?? "") - nowMs) / dayMs;
    expect(daysUntil(found?.likelyAt)).toBeGreaterThan(480);
    expect(daysUntil(found?.likelyAt)).toBeLessThan(520);
    expect(daysUntil(found?.earliestAt)).toBeLessThan(500);
    expect(daysUntil(found?.latestAt)).toBeGreaterThan(500);
  });

  it("read what the store has kept and rolled up", () => {
    using store = engineUnderTest();
    const hourMs = dayMs / 24;
    const keys = [{ kind: "disk_health", id: "nvme0", name: "percentage_used" }];
    for (let hour = 0; hour <= 40 * 24; hour += 1) {
      const atMs = nowMs - 40 * dayMs + hour * hourMs;
      const values = [80 + Math.floor(hour / 96)];
      store.commit([
        reading({ sequence: hour + 1, atMs, intervalMs: hourMs, probe: "smart", keys, values, isUnchanged: hour > 0 }),
      ]);
      if (hour % 24 === 0) store.maintain(atMs);
    }
    const history = forecastHistory.flatMap(
      ({ kind, names, days }) =>
        store.history({ kind, names, fromMs: nowMs - days * dayMs, toMs: nowMs, resolution: "1h" }).series,
    );

    const [found] = forecastsOf([disk("nvme0", "A worn disk", { percentage_used: 90 })], ...history);

    expect(found).toMatchObject({ outcome: "reaches", historyFrom: new Date(nowMs - 40 * dayMs).toISOString() });
    expect(found?.perDay).toBeCloseTo(0.25, 2);
  });

  it("leave out disks that tell no wear", () => {
    expect(forecastsOf([disk("sda", "A hard disk", { temperature_celsius: 30 })])).toEqual([]);
  });

  it("say why there is no date yet", () => {
    expect(forecastsOf([disk("nvme0", "A new disk", { percentage_used: 0 })])).toEqual([
      {
        ...{ kind: "disk_health", id: "nvme0", name: "A new disk (/dev/nvme0)", what: "wear", unit: "percent" },
        ...{ now: 0, limit: 100, outcome: "unknown", reason: "its history is 0 days long; 14 are needed" },
      },
    ]);
  });
});

describe("feature 41: forecasts of filesystems", () => {
  it("count against what unprivileged users can have, space and inodes apart", () => {
    const used = series("filesystem", "/data", "used_bytes", 60, (day) => (day > 20 && day < 25 ? null : 200 + 10 * day));

    const found = forecastsOf([filesystem("/data", 800)], used);

    expect(found.map(({ what, outcome, limit }) => ({ what, outcome, limit }))).toEqual([
      { what: "space", outcome: "reaches", limit: 1_000 },
      { what: "inodes", outcome: "unknown", limit: 100 },
    ]);
    expect(found[0]?.likelyAt?.slice(0, 10)).toBe("2026-12-12");
  });

  it("leave out what is read-only, and inodes where they are made as needed", () => {
    const found = forecastsOf([filesystem("/snap", 1_000, { isReadOnly: true }), filesystem("/btrfs", 10, { inodesTotal: 0n })]);

    expect(found.map(({ id, what }) => `${id} ${what}`)).toEqual(["/btrfs space"]);
  });

  it("put what is used up first in front", () => {
    const readings = [
      filesystem("/slow", 500, { inodesTotal: 0n }),
      filesystem("/fast", 500, { inodesTotal: 0n }),
      disk("nvme0", "Worn", { percentage_used: 104 }),
    ];
    const histories = [
      series("filesystem", "/slow", "used_bytes", 60, (day) => 440 + day),
      series("filesystem", "/fast", "used_bytes", 60, (day) => 200 + 5 * day),
      series("disk_health", "nvme0", "percentage_used", 60, () => 104),
    ];

    expect(forecastsOf(readings, ...histories).map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      "nvme0 reached",
      "/fast reaches",
      "/slow reaches",
    ]);
  });
});
