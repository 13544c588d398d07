import { describe, expect, it } from "vitest";
import { cpuUsedPercent } from "./cpu-used-percent.ts";

const parts = ["user", "nice", "system", "irq", "softirq", "steal", "idle", "iowait"];

/** Counters of all parts at zero, but for these. */
function counters(seconds: Record<string, number>): ReadonlyMap<string, number> {
  return new Map(parts.map((part) => [`${part}_seconds_total`, seconds[part] ?? 0]));
}

describe("cpuUsedPercent", () => {
  it("is the share of time between two readings that was neither idle nor waiting", () => {
    const previousSamples = counters({ user: 10, idle: 100, iowait: 5 });
    const samples = counters({ user: 12, system: 1, idle: 106, iowait: 6 });

    expect(cpuUsedPercent({ samples, previousSamples })).toBeCloseTo(30);
  });

  it("is 0 for a machine that did nothing, since that was measured", () => {
    expect(cpuUsedPercent({ samples: counters({ idle: 10 }), previousSamples: counters({}) })).toBe(0);
  });

  it("is unknown with one reading only", () => {
    expect(cpuUsedPercent({ samples: counters({ idle: 10 }), previousSamples: undefined })).toBeUndefined();
  });

  it("is unknown when a counter fell, as after a reboot", () => {
    const previousSamples = counters({ user: 50, idle: 1000 });

    expect(cpuUsedPercent({ samples: counters({ user: 1, idle: 1010 }), previousSamples })).toBeUndefined();
  });

  it("takes a falling iowait as none, since the kernel's may fall by itself", () => {
    const previousSamples = counters({ idle: 100, iowait: 9 });

    expect(cpuUsedPercent({ samples: counters({ user: 5, idle: 105, iowait: 8 }), previousSamples })).toBeCloseTo(50);
  });

  it("is unknown when a part is missing or not a number", () => {
    const previousSamples = counters({});
    const withoutSteal = new Map([...counters({ idle: 10 })].filter(([name]) => name !== "steal_seconds_total"));

    expect(cpuUsedPercent({ samples: withoutSteal, previousSamples })).toBeUndefined();
    expect(cpuUsedPercent({ samples: counters({ idle: 10, user: Number.NaN }), previousSamples })).toBeUndefined();
  });

  it("is unknown when no time passed", () => {
    expect(cpuUsedPercent({ samples: counters({ idle: 10 }), previousSamples: counters({ idle: 10 }) })).toBeUndefined();
  });
});
