import { describe, expect, it } from "vitest";
import { gauge } from "../test-support/gauge-series.ts";
import { cutSeries, mergeSeries } from "./merge-series.ts";

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
