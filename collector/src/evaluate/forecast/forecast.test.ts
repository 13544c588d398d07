import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CurvePoint, describeReason, type Forecast, forecast } from "./forecast.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);
const wear = { limit: 100, isMonotone: true, stepSize: 1 };
const space = { limit: 1_000, isMonotone: false, stepSize: 0 };

/** Readings over days, so many a day. */
function readings(days: number, valueAt: (day: number) => number, perDay = 4): CurvePoint[] {
  return Array.from({ length: days * perDay + 1 }, (_, index) => ({
    atMs: startMs + (index * dayMs) / perDay,
    value: valueAt(index / perDay),
  }));
}

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Roughly normal, of variance 1. */
function noiseOf(seed: number): () => number {
  const random = randomOf(seed);
  return () => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
}

/** Day after the start on which it says that the limit is likely to be reached. */
function likelyDay(found: Forecast): number {
  if (found.kind !== "reaches") throw new Error(`no date: ${JSON.stringify(found)}`);
  return (found.likelyAtMs - startMs) / dayMs;
}

function holds(found: Forecast, day: number): boolean {
  if (found.kind !== "reaches") return false;
  const atMs = startMs + day * dayMs;
  return found.earliestAtMs <= atMs && atMs <= (found.latestAtMs ?? Number.POSITIVE_INFINITY);
}

describe("feature 31: when a disk's wear reaches 100 %", () => {
  it("is known to within days where wear grows evenly", () => {
    const found = forecast(
      readings(200, (day) => Math.floor(20 + day / 5)),
      wear,
    );

    expect(likelyDay(found)).toBeGreaterThan(390);
    expect(likelyDay(found)).toBeLessThan(410);
    expect(found.kind === "reaches" && found.perDay).toBeCloseTo(0.2, 2);
    expect(holds(found, 400)).toBe(true);
  });

  it("has an honest interval: the true day lies in it for nine of ten disks that wear unevenly", () => {
    const outcomes = Array.from({ length: 200 }, (_, seed) => {
      const random = randomOf(seed);
      // Some days a disk is written a lot, most days hardly: 0.2 % a day in the long run.
      const daily = Array.from({ length: 3_000 }, () => (random() < 0.2 ? 1 : 0) * 2 * random());
      const total: number[] = [10];
      for (const each of daily) total.push((total.at(-1) ?? 0) + each);
      const trueDay = total.findIndex((value) => value >= 100);
      return holds(
        forecast(
          readings(150, (day) => Math.floor(total[Math.floor(day)] ?? 0), 1),
          wear,
        ),
        trueDay,
      );
    });

    expect(outcomes.filter(Boolean).length).toBeGreaterThanOrEqual(180);
  });

  it.each<{ name: string; days: number; valueAt: (day: number) => number; reason: string }>([
    { name: "no reading", days: 0, valueAt: () => Number.NaN, reason: "there is no history of it yet" },
    { name: "ten days", days: 10, valueAt: (day) => 50 + day, reason: "its history is 9 days long; 14 are needed" },
    {
      name: "one step in a month",
      days: 30,
      valueAt: (day) => (day < 15 ? 50 : 51),
      reason: "it has grown by 1 of the 2 steps that are needed",
    },
    {
      name: "two steps of which the second came just now",
      days: 20,
      valueAt: (day) => (day < 5 ? 50 : day < 20 ? 51 : 51),
      reason: "it has grown by 1 of the 2 steps that are needed",
    },
  ])("is unknown after $name, and says why", ({ days, valueAt, reason }) => {
    const found = forecast(readings(days, valueAt), wear);

    expect(found.kind === "unknown" && describeReason(found.reason)).toBe(reason);
  });

  it("has a wide interval after two steps only, and may have no end", () => {
    const found = forecast(
      readings(60, (day) => 50 + Math.floor(day / 25)),
      wear,
    );

    expect(found.kind).toBe("reaches");
    expect(holds(found, 1_250)).toBe(true);
    expect(found.kind === "reaches" && found.earliestAtMs).toBeLessThan(startMs + 900 * dayMs);
  });

  it("is not soon where a year has shown no wear, or hardly any", () => {
    expect(
      forecast(
        readings(365, () => 3),
        wear,
      ).kind,
    ).toBe("not-soon");
    expect(
      forecast(
        readings(365, (day) => (day < 100 ? 3 : 4)),
        wear,
      ).kind,
    ).toBe("not-soon");
  });

  it("has been where it is at 100 % or beyond", () => {
    expect(
      forecast(
        readings(30, (day) => 100 + Math.floor(day)),
        wear,
      ).kind,
    ).toBe("reached");
  });

  it("begins anew where the number falls: another disk took the place", () => {
    const swapped = (day: number): number => (day < 100 ? 60 + Math.floor(day / 5) : Math.floor((day - 100) / 10));
    const found = forecast(readings(200, swapped), wear);

    // 10 % in the 100 days of the new disk.
    expect(likelyDay(found)).toBeGreaterThan(1_050);
    expect(likelyDay(found)).toBeLessThan(1_150);
    expect(forecast(readings(105, swapped), wear)).toMatchObject({ kind: "unknown", reason: { kind: "too-short" } });
  });

  it("is not misled by a day of wrong readings", () => {
    const even = (day: number): number => Math.floor(20 + day / 5);
    const right = likelyDay(forecast(readings(200, even), wear));

    for (const wrong of [0, 255]) {
      const found = forecast(
        readings(200, (day) => (day >= 120 && day < 121 ? wrong : even(day))),
        wear,
      );
      expect(Math.abs(likelyDay(found) - right)).toBeLessThan(5);
    }
  });

  it("does with wear that came all at once", () => {
    const found = forecast(
      readings(300, (day) => (day < 290 ? 50 : 55)),
      wear,
    );

    expect(found.kind).toBe("reaches");
    expect(found.kind === "reaches" && found.perDay).toBeCloseTo(5 / 300, 2);
    expect(found.kind === "reaches" && found.latestAtMs).toBeUndefined();
  });

  it("does with a history that has gaps", () => {
    const gappy = readings(200, (day) => Math.floor(20 + day / 5)).map(({ atMs, value }, index) => ({
      atMs,
      value: index > 200 && index < 500 ? Number.NaN : value,
    }));

    expect(holds(forecast(gappy, wear), 400)).toBe(true);
  });
});

describe("feature 41: when a filesystem is full", () => {
  it("is known where it grows under noise", () => {
    const noise = noiseOf(1);
    const found = forecast(
      readings(60, (day) => 100 + 5 * day + 10 * noise()),
      space,
    );

    expect(likelyDay(found)).toBeGreaterThan(170);
    expect(likelyDay(found)).toBeLessThan(190);
    expect(holds(found, 180)).toBe(true);
  });

  it("never comes from noise: of two hundred filesystems that stand still none gets a date", () => {
    const dated = Array.from({ length: 200 }, (_, seed) => {
      const noise = noiseOf(seed);
      return forecast(
        readings(60, () => 800 + 10 * noise()),
        space,
      ).kind;
    }).filter((kind) => kind === "reaches");

    expect(dated).toEqual([]);
  });

  it("has an honest interval: the true day lies in it for nine of ten that grow by chance", () => {
    const dated = Array.from({ length: 200 }, (_, seed) => {
      const noise = noiseOf(seed);
      const total = [100];
      for (let day = 0; day < 3_000; day += 1) total.push((total.at(-1) ?? 0) + 5 + 8 * noise());
      const found = forecast(
        readings(60, (day) => total[Math.floor(day)] ?? 0, 1),
        space,
      );
      return {
        found,
        trueDay: total.findIndex((value) => value >= 1_000),
      };
    }).filter(({ found }) => found.kind === "reaches");

    expect(dated.length).toBeGreaterThan(100);
    expect(dated.filter(({ found, trueDay }) => holds(found, trueDay)).length).toBeGreaterThanOrEqual(0.9 * dated.length);
  });

  it("has no date where it is emptied again and again, or falls", () => {
    const sawtooth = forecast(
      readings(60, (day) => 300 + 50 * (day % 12)),
      space,
    );
    const falling = forecast(
      readings(60, (day) => 900 - 5 * day),
      space,
    );

    expect(sawtooth).toEqual({ kind: "unknown", reason: { kind: "no-direction" } });
    expect(falling.kind).toBe("not-soon");
  });

  it("is not moved by a week in which something large lay there for a while", () => {
    const found = forecast(
      readings(90, (day) => 100 + 5 * day + (day >= 50 && day < 57 ? 300 : 0)),
      space,
    );

    expect(found.kind === "unknown" || Math.abs(likelyDay(found) - 180) < 10).toBe(true);
  });

  it("counts from what is used now, however it came", () => {
    const jumped = forecast([...readings(60, (day) => 100 + 5 * day), { atMs: startMs + 60.5 * dayMs, value: 900 }], space);

    expect(likelyDay(jumped)).toBeLessThan(85);
  });
});

describe("a forecast of anything", () => {
  const points = fc.array(
    fc.record({
      day: fc.double({ min: 0, max: 400, noNaN: true }),
      value: fc.oneof(fc.double({ min: 0, max: 1e15 }), fc.integer({ min: 0, max: 255 })),
    }),
    { maxLength: 200 },
  );
  const options = fc.record({
    limit: fc.oneof(fc.constant(100), fc.double({ min: 1, max: 1e15, noNaN: true })),
    isMonotone: fc.boolean(),
    stepSize: fc.constantFrom(0, 1),
  });

  it("is in order, in the future and a date, or there is none", () => {
    fc.assert(
      fc.property(points, options, (drawn, how) => {
        const sorted = drawn.map(({ day, value }) => ({ atMs: startMs + day * dayMs, value })).sort((a, b) => a.atMs - b.atMs);
        const found = forecast(sorted, how);
        if (found.kind !== "reaches") return;
        const dates = [sorted[0]?.atMs ?? 0, found.earliestAtMs, found.likelyAtMs, found.latestAtMs ?? found.likelyAtMs];

        expect(dates).toEqual(dates.toSorted((a, b) => a - b));
        for (const date of dates) expect(Number.isNaN(new Date(date).getTime())).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
