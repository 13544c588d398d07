/** A year and more in the life of one node, let pass three hours at a time. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Math.floor(Date.UTC(2026, 0, 1) / dayMs) * dayMs;
const dayCount = 400;
const endMs = startMs + dayCount * dayMs;
const intervalMs = 300_000;

describe("after more than a year", () => {
  let store: EngineUnderTest;
  /** Size of the database by day. */
  const sizes: number[] = [];

  beforeAll(() => {
    store = engineUnderTest();
    let sequence = 0;
    for (let roundMs = startMs; roundMs < endMs; roundMs += 3 * hourMs) {
      const observations = Array.from({ length: (3 * hourMs) / intervalMs }, (_, index) => {
        const atMs = roundMs + index * intervalMs;
        sequence += 1;
        // Noise that no compressor foresees, so that sizes are honest.
        const temperature = 40 + Math.round(10 * Math.sin(sequence * 12.9898) * Math.cos(sequence * 4.1414)) / 10;
        return reading({ sequence, atMs, intervalMs, values: [temperature, sequence * 3000], isUnchanged: sequence > 1 });
      });
      store.commit(observations);
      store.maintain(roundMs + 3 * hourMs);
      if ((roundMs + 3 * hourMs) % dayMs === 0) sizes.push(statSync(join(store.directory, "nodekeeper.db")).size);
    }
  }, 300_000);

  afterAll(() => store[Symbol.dispose]());

  it("has the last day as it was observed", () => {
    const { resolution, series } = store.history({
      fromMs: endMs - dayMs,
      toMs: endMs,
      resolution: "raw",
      names: ["temperature_celsius"],
    });

    expect(resolution).toBe("raw");
    expect(series[0]?.at).toEqual(Array.from({ length: 288 }, (_, index) => endMs - dayMs + index * intervalMs));
  });

  it("has the last thirty days by five minutes", () => {
    const request = { fromMs: endMs - 30 * dayMs, toMs: endMs - 23 * dayMs - 1 };

    const { resolution, series } = store.history(request);

    expect(resolution).toBe("5m");
    expect(series.map(({ at }) => at.length)).toEqual([2016, 2016]);
    expect(series[0]).toMatchObject({ name: "read_bytes_total", isRate: true });
    expect(new Set(series[0]?.average)).toEqual(new Set([10]));
  });

  it("has the last year by the hour", () => {
    const { resolution, series } = store.history({ fromMs: endMs - 365 * dayMs, toMs: endMs });
    const [rate, temperature] = series;

    expect(resolution).toBe("1h");
    // 8760 hours, joined by fives to stay below the bound.
    expect(temperature?.at).toHaveLength(1752);
    expect(temperature?.at[0]).toBe(endMs - 365 * dayMs);
    expect(new Set(rate?.average)).toEqual(new Set([10]));
    expect(temperature?.average.every((value) => value !== null && value > 39 && value < 41)).toBe(true);
  });

  it("has nothing from before that, give or take the unit in which it is kept", () => {
    const { series } = store.history({ fromMs: startMs, toMs: endMs - 371 * dayMs });

    expect(series).toEqual([]);
  });

  it("grows by little more than the roll-ups of hours", () => {
    const [day60 = 0, day395 = 0] = [sizes[59], sizes[394]];
    const perSeriesAndDay = (day395 - day60) / (395 - 60) / 2;

    // 24 points of average, minimum, maximum and weight.
    expect(perSeriesAndDay).toBeLessThan(24 * 16);
    expect(sizes.at(-1)).toBeLessThan(day395 * 1.05);
  });

  it("still knows the sequence numbers as one span, and the latest observation", () => {
    const observationCount = (dayCount * dayMs) / intervalMs;

    expect(store.engine().committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: observationCount }]);
    expect(store.restore().map(({ observation }) => observation.sequence)).toEqual([observationCount]);
    expect(store.engine().status().observationCount).toBe(observationCount);
  });

  it("forgets a node that has been silent for a year, and nothing of the others", () => {
    const laterMs = endMs + 368 * dayMs;
    store.commit([reading({ sequence: 1, atMs: laterMs, node: "bobcat" })]);
    store.maintain(laterMs);
    store.maintain(laterMs + dayMs);

    expect(store.restore().map(({ node }) => node)).toEqual(["bobcat"]);
    expect(store.engine().committedSpans("neko", "epoch-1")).toEqual([]);
    expect(store.history({ fromMs: startMs, toMs: laterMs }).series).toEqual([]);
    expect(store.history({ node: "bobcat", fromMs: laterMs - hourMs, toMs: laterMs }).series).toHaveLength(1);
  });
});
