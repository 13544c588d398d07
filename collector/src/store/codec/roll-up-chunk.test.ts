import { describe, expect, it } from "vitest";
import { decodeRollUpChunk, encodeRollUpChunk, type RollUpSeries } from "./roll-up-chunk.ts";

const stepMs = 300_000;

function seriesOf(points: readonly (readonly [number, number, number, number, number])[]): RollUpSeries {
  return {
    atMs: points.map(([bucket]) => bucket * stepMs),
    weight: points.map(([, weight]) => weight),
    average: points.map(([, , average]) => average),
    minimum: points.map(([, , , minimum]) => minimum),
    maximum: points.map(([, , , , maximum]) => maximum),
  };
}

describe("a chunk of roll-ups", () => {
  it("gives series back that have points at different times, and points that are unknown", () => {
    const whole = seriesOf([
      [1, 20, 40.5, 38, 43],
      [2, 20, 41, 41, 41],
      [4, 3, -2.25, -9, 5],
    ]);
    const sparse = seriesOf([
      [2, 0, Number.NaN, Number.NaN, Number.NaN],
      [4, 300_000, 12_345_678, 0, 20_000_000],
    ]);
    const empty = seriesOf([]);

    const read = decodeRollUpChunk(encodeRollUpChunk({ layoutId: 7, series: [whole, sparse, empty] }));

    expect(read).toEqual({ layoutId: 7, series: [whole, sparse, empty] });
  });

  it("rounds averages to seven digits, and never out of their range", () => {
    const constant = 500_107_862_016.3;
    const series = seriesOf([
      [1, 20, 1 / 3, 0, 1],
      [2, 20, constant, constant, constant],
      [3, 20, 1e300, 0, 2e300],
    ]);

    const [read] = decodeRollUpChunk(encodeRollUpChunk({ layoutId: 1, series: [series] })).series;

    expect(read?.average[0]).toBeCloseTo(1 / 3, 7);
    expect(read?.average[1]).toBe(constant);
    expect(read?.average[2]).toBe(1e300);
    expect(read?.minimum).toEqual(series.minimum);
    expect(read?.maximum).toEqual(series.maximum);
  });
});
