import { describe, expect, it } from "vitest";
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";
import { markGaps } from "./mark-gaps.ts";
import { cutSeries, mergeSeries } from "./merge-series.ts";
import { thinSeries } from "./thin-series.ts";

function gauge(points: readonly (readonly [number, number])[]): RollUpSeries {
  const values = points.map(([, value]) => value);
  return {
    atMs: points.map(([atMs]) => atMs),
    weight: values.map((value) => (Number.isNaN(value) ? 0 : 1)),
    ...{ average: values, minimum: values, maximum: values },
  };
}

describe("thinSeries", () => {
  it("leaves a short series as it is", () => {
    const series = gauge([
      [0, 1],
      [1, 2],
    ]);

    expect(thinSeries(series, 2)).toBe(series);
  });

  it("joins neighbours and keeps the lowest and the highest of them", () => {
    const series = gauge(Array.from({ length: 1000 }, (_, index) => [index * 10, index === 500 ? 99 : index % 2] as const));

    const thin = thinSeries(series, 100);

    expect(thin.atMs).toHaveLength(100);
    expect(thin.atMs[50]).toBe(5000);
    expect(thin.maximum[50]).toBe(99);
    expect(thin.minimum[50]).toBe(0);
    expect(thin.average[1]).toBeCloseTo(0.5);
    expect(thin.weight.reduce((sum, weight) => sum + weight)).toBe(1000);
  });
});

describe("markGaps", () => {
  it("puts an unknown point into a silence, and nowhere else", () => {
    const series = gauge([
      [0, 1],
      [15, 1],
      [200, 1],
    ]);

    const marked = markGaps(series, () => ({ dueMs: 15, limitMs: 75 }));

    expect(marked.atMs).toEqual([0, 15, 30, 200]);
    expect(marked.weight).toEqual([1, 1, 0, 1]);
  });

  it("leaves a series without silence as it is", () => {
    const series = gauge([
      [0, 1],
      [75, 1],
    ]);

    expect(markGaps(series, () => ({ dueMs: 15, limitMs: 75 }))).toBe(series);
  });
});

describe("mergeSeries", () => {
  it("puts two series in order, and makes one point of two in a bucket", () => {
    const early = gauge([
      [0, 10],
      [300, 20],
    ]);
    const late = gauge([
      [100, 5],
      [300, 40],
    ]);

    const merged = mergeSeries(early, late, 100);

    expect(merged.atMs).toEqual([0, 100, 300]);
    expect(merged.average).toEqual([10, 5, 30]);
    expect(merged.minimum).toEqual([10, 5, 20]);
    expect(merged.maximum).toEqual([10, 5, 40]);
    expect(merged.weight).toEqual([1, 1, 2]);
  });
});

describe("cutSeries", () => {
  it("keeps the start and not the end", () => {
    const cut = cutSeries(
      gauge([
        [0, 1],
        [100, 2],
        [200, 3],
      ]),
      100,
      200,
    );

    expect(cut.atMs).toEqual([100]);
    expect(cut.average).toEqual([2]);
  });
});
