import { Outcome } from "@nodekeeper/proto";
import type { HistorySeries } from "@nodekeeper/shared/api";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredObservation } from "../store.ts";
import type { SeriesKey } from "../tables/layouts-table.ts";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A midnight that begins a unit of hours (five days) too. */
const midnightMs = Math.floor(Date.UTC(2026, 10, 22) / (5 * dayMs)) * 5 * dayMs;

let store: EngineUnderTest;

beforeEach(() => {
  store = engineUnderTest();
});

afterEach(() => store[Symbol.dispose]());

/** A reading a minute: a gauge that is the minute of the day, and a counter that grows by 600 a minute: 10 a second. */
function minutely(fromMs: number, toMs: number, firstSequence = 1): readonly StoredObservation[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / minuteMs) }, (_, index) => {
    const atMs = fromMs + index * minuteMs;
    const minute = Math.round((atMs - midnightMs) / minuteMs);
    return reading({ sequence: firstSequence + index, atMs, intervalMs: minuteMs, values: [minute % 1440, minute * 600] });
  });
}

/** Commits hour by hour, with maintenance in between, as it goes in life. */
function live(observations: readonly StoredObservation[]): void {
  for (const [hour, ofHour] of Map.groupBy(observations, ({ receivedAtMs }) => Math.floor(receivedAtMs / hourMs))) {
    store.commit(ofHour);
    store.maintain((hour + 1) * hourMs + minuteMs);
  }
}

function read(
  fromMs: number,
  toMs: number,
  resolution: "auto" | "raw" | "5m" | "1h" = "auto",
): { gauge: HistorySeries; counter: HistorySeries; resolution: string } {
  const history = store.history({ fromMs, toMs, resolution });
  const [counter, gauge] = history.series;
  if (counter === undefined || gauge === undefined) throw new Error(`series are missing: ${JSON.stringify(history)}`);
  return { gauge, counter, resolution: history.resolution };
}

describe("history", () => {
  it("reads the journal and chunks as one, with a point for each observation", () => {
    live(minutely(midnightMs, midnightMs + 5 * hourMs));
    store.commit(minutely(midnightMs + 5 * hourMs, midnightMs + 6 * hourMs, 301));

    const { gauge, counter, resolution } = read(midnightMs, midnightMs + 6 * hourMs);

    expect(resolution).toBe("raw");
    expect(gauge).toEqual({
      ...{ kind: "block_device", id: "nvme-1", name: "temperature_celsius", isRate: false },
      at: Array.from({ length: 360 }, (_, index) => midnightMs + index * minuteMs),
      average: Array.from({ length: 360 }, (_, index) => index),
    });
    expect(counter.isRate).toBe(true);
    expect(counter.at).toEqual(gauge.at.slice(1));
    expect(counter.average).toEqual(Array.from({ length: 359 }, () => 10));
  });

  it("includes both ends of the range, and takes the first rate from the reading before it", () => {
    live(minutely(midnightMs, midnightMs + 3 * hourMs));

    const { gauge, counter } = read(midnightMs + hourMs, midnightMs + hourMs + 2 * minuteMs);

    expect(gauge.average).toEqual([60, 61, 62]);
    expect(counter.at).toEqual(gauge.at);
    expect(counter.average).toEqual([10, 10, 10]);
  });

  it("picks a coarser resolution for a longer range, and says which", () => {
    live(minutely(midnightMs, midnightMs + 2 * dayMs));

    expect(read(midnightMs + dayMs, midnightMs + dayMs + 6 * hourMs).resolution).toBe("raw");
    expect(read(midnightMs, midnightMs + 2 * dayMs).resolution).toBe("5m");
    expect(read(midnightMs - 10 * dayMs, midnightMs + 2 * dayMs).resolution).toBe("1h");
  });

  it("sums up five minutes the same from roll-ups, chunks and the journal, without a seam or a double", () => {
    live(minutely(midnightMs, midnightMs + 2 * dayMs + 5 * hourMs));
    const rest = midnightMs + 2 * dayMs + 5 * hourMs;
    store.commit(minutely(rest, rest + 30 * minuteMs, 10_000));

    const { gauge, counter } = read(midnightMs, rest + 30 * minuteMs, "5m");

    const bucketCount = (2 * dayMs + 5.5 * hourMs) / (5 * minuteMs);
    expect(gauge.at).toEqual(Array.from({ length: bucketCount }, (_, index) => midnightMs + index * 5 * minuteMs));
    expect(gauge.average).toEqual(Array.from({ length: bucketCount }, (_, index) => ((index * 5) % 1440) + 2));
    expect(gauge.minimum).toEqual(Array.from({ length: bucketCount }, (_, index) => (index * 5) % 1440));
    expect(gauge.maximum).toEqual(Array.from({ length: bucketCount }, (_, index) => ((index * 5) % 1440) + 4));
    expect(counter.at).toEqual(gauge.at);
    expect(new Set(counter.average)).toEqual(new Set([10]));
  });

  it("reads what is past its raw time from roll-ups, even where each observation is asked for", () => {
    live(minutely(midnightMs, midnightMs + 3 * dayMs));

    const { gauge, resolution } = read(midnightMs, midnightMs + 6 * hourMs);
    expect(resolution).toBe("5m");
    expect(gauge.at).toHaveLength(73);

    const asked = read(midnightMs + 42 * hourMs, midnightMs + 3 * dayMs, "raw");
    expect(asked.resolution).toBe("raw");
    const rawFromMs = midnightMs + 44 * hourMs; // 28 hours before the last maintenance
    expect(asked.gauge.at.filter((at) => at < rawFromMs)).toHaveLength(2 * 12);
    expect(asked.gauge.at.filter((at) => at >= rawFromMs)).toHaveLength(28 * 60);
    expect(new Set(asked.gauge.at).size).toBe(asked.gauge.at.length);
    expect(new Set(asked.counter.average)).toEqual(new Set([10]));
  });

  it("shows silence as an unknown point, and knows no rate over it", () => {
    live([...minutely(midnightMs, midnightMs + hourMs), ...minutely(midnightMs + 3 * hourMs, midnightMs + 4 * hourMs, 1000)]);

    const { gauge, counter } = read(midnightMs, midnightMs + 5 * hourMs);

    expect(gauge.at.slice(58, 62)).toEqual([58, 59, 60, 180].map((minute) => midnightMs + minute * minuteMs));
    expect(gauge.average.slice(58, 62)).toEqual([58, 59, null, 180]);
    expect(counter.at.filter((at) => at > midnightMs + hourMs)[0]).toBe(midnightMs + 181 * minuteMs);
  });

  it("gives null where a number was not known, and nothing where the probe failed", () => {
    store.commit([
      reading({ sequence: 1, atMs: midnightMs, values: [40, 0] }),
      reading({ sequence: 2, atMs: midnightMs + 15_000, values: [Number.NaN, 0] }),
      reading({ sequence: 3, atMs: midnightMs + 30_000, outcome: Outcome.FAILED }),
      reading({ sequence: 4, atMs: midnightMs + 45_000, values: [42, 0] }),
    ]);

    const { gauge } = read(midnightMs, midnightMs + hourMs);

    expect(gauge.at).toEqual([midnightMs, midnightMs + 15_000, midnightMs + 45_000]);
    expect(gauge.average).toEqual([40, null, 42]);
  });

  it("gives only what is asked for", () => {
    const keys: readonly SeriesKey[] = [
      { kind: "filesystem", id: "/", name: "used_bytes" },
      { kind: "filesystem", id: "/boot", name: "used_bytes" },
      { kind: "filesystem", id: "/", name: "free_bytes" },
      { kind: "memory", id: "", name: "free_bytes" },
    ];
    store.commit([reading({ sequence: 1, atMs: midnightMs, keys, values: [1, 2, 3, 4] })]);
    const range = { fromMs: midnightMs, toMs: midnightMs + 1 };
    const found = (request: Parameters<typeof store.history>[0]): readonly string[] =>
      store.history(request).series.map(({ kind, id, name, average }) => `${kind} ${id} ${name} ${average}`);

    expect(found({ ...range, kind: "filesystem" })).toEqual([
      "filesystem / free_bytes 3",
      "filesystem / used_bytes 1",
      "filesystem /boot used_bytes 2",
    ]);
    expect(found({ ...range, kind: "filesystem", id: "/boot" })).toEqual(["filesystem /boot used_bytes 2"]);
    expect(found({ ...range, kind: "filesystem", names: ["used_bytes"], id: "/" })).toEqual(["filesystem / used_bytes 1"]);
    expect(found({ ...range, kind: "memory", id: "" })).toEqual(["memory  free_bytes 4"]);
    expect(found({ ...range, kind: "memory", node: "nobody" })).toEqual([]);
  });

  it("follows a series over facts that change in the middle of an hour", () => {
    const before: readonly SeriesKey[] = [{ kind: "block_device", id: "a", name: "temperature_celsius" }];
    const after: readonly SeriesKey[] = [{ kind: "block_device", id: "b", name: "temperature_celsius" }, ...before];
    live([
      reading({ sequence: 1, atMs: midnightMs, keys: before, values: [40] }),
      reading({ sequence: 2, atMs: midnightMs + 15_000, keys: after, values: [20, 41] }),
      reading({ sequence: 3, atMs: midnightMs + 30_000, keys: before, isUnchanged: true, values: [42] }),
      reading({ sequence: 4, atMs: midnightMs + 45_000, keys: after, isUnchanged: true, values: [21, 43] }),
    ]);

    const { series } = store.history({ fromMs: midnightMs, toMs: midnightMs + hourMs });

    expect(series.map(({ id, average }) => [id, average])).toEqual([
      ["a", [40, 41, 42, 43]],
      ["b", [20, 21]],
    ]);
  });

  it("bounds the number of points and keeps the extremes", () => {
    const observations = Array.from({ length: 7200 }, (_, index) =>
      reading({ sequence: index + 1, atMs: midnightMs + index * 1000, intervalMs: 1000, values: [index === 5000 ? 99 : 40, 0] }),
    );
    store.commit(observations);

    const { gauge } = read(midnightMs, midnightMs + 2 * hourMs, "raw");

    expect(gauge.at.length).toBeLessThanOrEqual(2100);
    expect(Math.max(...(gauge.maximum ?? []).map((value) => value ?? 0))).toBe(99);
    expect(Math.min(...(gauge.minimum ?? []).map((value) => value ?? 99))).toBe(40);
  });
});

describe("what arrives late", () => {
  it("is merged into the chunk of its hour", () => {
    const all = minutely(midnightMs, midnightMs + 2 * hourMs);
    live(all.filter((_, index) => index % 3 !== 0));
    const late = all.filter((_, index) => index % 3 === 0);
    store.commit(late.map((stored) => ({ ...stored, receivedAtMs: midnightMs + 3 * hourMs })));
    store.maintain(midnightMs + 5 * hourMs);

    const { gauge, counter } = read(midnightMs, midnightMs + 2 * hourMs);

    expect(gauge.average).toEqual(Array.from({ length: 120 }, (_, index) => index));
    expect(new Set(counter.average)).toEqual(new Set([10]));
  });

  it("is merged into roll-ups when its day is rolled up already", () => {
    const all = minutely(midnightMs, midnightMs + 12 * dayMs);
    const isLate = ({ observedAtMs }: StoredObservation): boolean =>
      observedAtMs >= midnightMs + dayMs + 6 * hourMs && observedAtMs < midnightMs + dayMs + 18 * hourMs;
    live(all.filter((stored) => !isLate(stored)));
    expect(read(midnightMs + dayMs, midnightMs + 2 * dayMs - 1, "5m").gauge.at).toHaveLength(2 * 72 + 1);

    store.commit(all.filter(isLate).map((stored) => ({ ...stored, receivedAtMs: midnightMs + 12 * dayMs })));
    store.maintain(midnightMs + 12 * dayMs + 2 * hourMs);

    const five = read(midnightMs + dayMs, midnightMs + 2 * dayMs - 1, "5m").gauge;
    expect(five.average).toEqual(Array.from({ length: 288 }, (_, index) => index * 5 + 2));
    const hours = read(midnightMs + dayMs, midnightMs + 2 * dayMs - 1, "1h");
    expect(hours.gauge.average).toEqual(Array.from({ length: 24 }, (_, index) => index * 60 + 29.5));
    expect(hours.counter.average.every((rate) => rate === 10)).toBe(true);
  });

  it("counts from the first day that a node is known, however old its first observations are", () => {
    const old = minutely(midnightMs - 3 * dayMs, midnightMs);
    store.commit(old.map((stored) => ({ ...stored, receivedAtMs: midnightMs + 10 * minuteMs })));
    store.maintain(midnightMs + 3 * hourMs);

    const { gauge } = read(midnightMs - 3 * dayMs, midnightMs - 1, "5m");

    expect(gauge.at).toHaveLength(3 * 288);
  });
});

describe("a crash in the middle of maintenance", () => {
  /** Three hours of two streams, of which two hours and a day are to be compacted and rolled up. */
  function stepsOfMaintenance(): ReturnType<ReturnType<EngineUnderTest["engine"]>["maintain"]> {
    store.commit(minutely(midnightMs - dayMs, midnightMs - dayMs + 30 * minuteMs, 1000));
    store.maintain(midnightMs - dayMs + minuteMs);
    store.commit(minutely(midnightMs, midnightMs + 3 * hourMs));
    store.commit(minutely(midnightMs, midnightMs + 3 * hourMs, 181).map((stored) => ({ ...stored, node: "bobcat" })));
    return store.engine().maintain(midnightMs + 2 * hourMs);
  }

  it("leaves everything once, at whatever step it comes, and even if the clock is set back after it", () => {
    const steps = stepsOfMaintenance();
    let stepCount = 0;
    for (let isDone = false; !isDone; stepCount += 1) {
      isDone = steps.next().done ?? false;
      using crashed = store.crash();
      crashed.maintain(midnightMs + hourMs);
      for (const nowMs of [midnightMs + hourMs, midnightMs + 4 * hourMs]) {
        crashed.maintain(nowMs);
        const { series } = crashed.history({ fromMs: midnightMs, toMs: midnightMs + 3 * hourMs, resolution: "raw" });
        const day = crashed.history({ fromMs: midnightMs - dayMs, toMs: midnightMs - 1, resolution: "5m" });

        expect(series.map(({ average }) => average)).toEqual([
          Array.from({ length: 180 }, () => 10).slice(series[0]?.at[0] === midnightMs ? 0 : 1),
          Array.from({ length: 180 }, (_, minute) => minute),
        ]);
        expect(day.series.map(({ at }) => at.length)).toEqual([6, 6]);
      }
    }

    expect(stepCount).toBeGreaterThan(10);
  });
});

describe("history of anything", () => {
  const step = fc.record({
    /** Seconds until the next observation; now and then a silence. */
    afterSeconds: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 50, max: 70 }) },
      { weight: 1, arbitrary: fc.integer({ min: 600, max: 20_000 }) },
    ),
    /** Minutes until it arrives. */
    lateMinutes: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 110 }) }),
    value: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -50, max: 1000 }).map((tenths) => tenths / 10) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
    increase: fc.nat(10_000),
    isReset: fc.oneof({ weight: 40, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  });

  it("equals what a simple reckoning over all observations gives", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 600, maxLength: 1500 }), (steps) => {
        using engine = engineUnderTest();
        let [atMs, counter] = [midnightMs + 3000, 0];
        const observations = steps.map(({ afterSeconds, lateMinutes, value, increase, isReset }, index) => {
          atMs += afterSeconds * 1000;
          counter = isReset ? increase : counter + increase;
          const receivedAtMs = atMs + 100 + lateMinutes * minuteMs;
          return reading({ sequence: index + 1, atMs, receivedAtMs, intervalMs: minuteMs, values: [value, counter] });
        });
        const arrivals = observations.toSorted((left, right) => left.receivedAtMs - right.receivedAtMs);
        for (const [hour, arrived] of Map.groupBy(arrivals, ({ receivedAtMs }) => Math.floor(receivedAtMs / hourMs))) {
          engine.commit(arrived);
          if (hour % 3 !== 0) engine.maintain((hour + 1) * hourMs);
        }

        for (const resolution of ["raw", "5m", "1h"] as const) {
          // Before it there is nothing; of what is older than a day, "raw" gives roll-ups.
          const fromMs = resolution === "raw" ? Math.max(midnightMs, atMs - 20 * hourMs) : midnightMs;
          const { series } = engine.history({ fromMs, toMs: atMs, resolution });
          for (const { name, at, average } of series) {
            const expected = reckon(observations, name.endsWith("_total"), resolution, fromMs);
            const known = at.flatMap((time, index) =>
              typeof average[index] === "number" ? [[time, average[index]] as const] : [],
            );
            expect(known.map(([time]) => time)).toEqual([...expected.keys()]);
            for (const [time, value] of known) expect(value).toBeCloseTo(expected.get(time) ?? Number.NaN, 2);
          }
        }
      }),
      { numRuns: 8 },
    );
  });
});

/** The same by other means: every observation in one list, no chunks, no tiers. */
function reckon(
  observations: readonly StoredObservation[],
  isRate: boolean,
  resolution: "raw" | "5m" | "1h",
  fromMs: number,
): ReadonlyMap<number, number> {
  const widthMs = { raw: 1, "5m": 5 * minuteMs, "1h": hourMs }[resolution];
  const sums = new Map<number, { weighted: number; weight: number }>();
  let previous: StoredObservation | undefined;
  for (const stored of observations) {
    const { observedAtMs, observation } = stored;
    const value = observation.sampleValues[isRate ? 1 : 0] ?? Number.NaN;
    const before = previous?.observation.sampleValues[1] ?? 0;
    const coveredMs = previous === undefined ? Number.POSITIVE_INFINITY : observedAtMs - previous.observedAtMs;
    previous = stored;
    if (Number.isNaN(value) || (isRate && coveredMs > 3 * minuteMs + 30_000)) continue;
    const increase = value >= before ? value - before : value;
    const bucketMs = Math.floor(observedAtMs / widthMs) * widthMs;
    if (bucketMs < fromMs) continue;
    const sum = sums.get(bucketMs) ?? { weighted: 0, weight: 0 };
    const weight = isRate ? coveredMs : 1;
    sum.weighted += isRate ? increase * 1000 : value;
    sum.weight += weight;
    sums.set(bucketMs, sum);
  }
  return new Map([...sums].map(([bucketMs, { weighted, weight }]) => [bucketMs, weighted / weight]));
}
