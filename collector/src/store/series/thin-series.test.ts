import { describe, expect, it } from "vitest";
import { gauge } from "../test-support/gauge-series.ts";
import { thinSeries } from "./thin-series.ts";

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
