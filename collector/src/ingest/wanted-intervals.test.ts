import { create } from "@bufbuild/protobuf";
import { ProbeDescriptionSchema } from "@nodekeeper/proto";
import { createLogger } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createIntervalsFor, wantedIntervals } from "./wanted-intervals.ts";

const nowMs = Date.UTC(2026, 10, 23);
const disks = create(ProbeDescriptionSchema, {
  ...{ name: "disks", intervalMs: 60_000 },
  ...{ minimumIntervalMs: 10_000, maximumIntervalMs: 600_000 },
});
const network = create(ProbeDescriptionSchema, { name: "network", intervalMs: 30_000 });

function told(wish: Readonly<Record<string, number>>): {
  readonly asked: (...probes: (typeof disks)[]) => Readonly<Record<string, number>>;
  readonly log: string[];
} {
  const log: string[] = [];
  const logger = createLogger("test", "info", { write: (line) => void log.push(line) });
  const intervalsFor = createIntervalsFor(wantedIntervals(new Map(Object.entries(wish)), [], nowMs), logger);
  return { asked: (...probes) => Object.fromEntries(intervalsFor(probes).byProbe), log };
}

describe("wantedIntervals", () => {
  it("has a revision that grows from start to start", () => {
    const first = wantedIntervals(new Map(), [], nowMs);
    const later = wantedIntervals(new Map(), [{ lastContactAtMs: nowMs + 60_000 }], nowMs + 120_000);

    expect(later.revision).toBeGreaterThan(first.revision);
  });

  it("has one that is newer than what agents were told, though the clock was set back since", () => {
    const before = wantedIntervals(new Map(), [], nowMs);

    const after = wantedIntervals(new Map(), [{ lastContactAtMs: nowMs + 5_000 }], nowMs - 3_600_000);

    expect(after.revision).toBeGreaterThan(before.revision);
  });
});

describe("createIntervalsFor", () => {
  it("asks an agent for what its probes allow", () => {
    expect(told({ disks: 300_000 }).asked(disks, network)).toEqual({ disks: 300_000 });
    expect(told({ disks: 1_000 }).asked(disks)).toEqual({ disks: 10_000 });
    expect(told({ disks: 3_600_000, network: 3_600_000 }).asked(disks, network)).toEqual({ disks: 600_000, network: 3_600_000 });
  });

  it("asks nothing of probes that an agent does not run", () => {
    expect(told({ gpu: 60_000 }).asked(disks)).toEqual({});
  });

  it("says once that a wish is beyond a probe's bounds", () => {
    const { asked, log } = told({ disks: 1_000 });

    asked(disks);
    asked(disks);

    expect(log).toHaveLength(1);
    expect(log[0]).toContain('"minimumIntervalMs":10000');
  });
});
