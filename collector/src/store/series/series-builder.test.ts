import { describe, expect, it } from "vitest";
import { isCounter, SeriesBuilder } from "./series-builder.ts";

const intervalMs = 15_000;

function build(options: { isRate: boolean; stepMs: number }, readings: readonly (readonly [number, number])[]): SeriesBuilder {
  const builder = new SeriesBuilder(options);
  for (const [atMs, value] of readings) builder.addReading(atMs, value, intervalMs);
  return builder;
}

describe("SeriesBuilder", () => {
  it("keeps each reading of a gauge where there are no buckets", () => {
    const series = build({ isRate: false, stepMs: 0 }, [
      [1000, 40],
      [16_000, Number.NaN],
      [31_000, 42],
    ]);

    expect(series.atMs).toEqual([1000, 16_000, 31_000]);
    expect(series.weight).toEqual([1, 0, 1]);
    expect(series.average).toEqual([40, Number.NaN, 42]);
  });

  it("sums up the readings of a bucket, and leaves out the unknown ones", () => {
    const series = build({ isRate: false, stepMs: 300_000 }, [
      [0, 10],
      [15_000, Number.NaN],
      [30_000, 40],
      [299_999, 10],
      [300_000, Number.NaN],
    ]);

    expect(series.atMs).toEqual([0, 300_000]);
    expect(series.weight).toEqual([3, 0]);
    expect(series.average).toEqual([20, Number.NaN]);
    expect(series.minimum).toEqual([10, Number.NaN]);
    expect(series.maximum).toEqual([40, Number.NaN]);
  });

  it("turns a counter into a rate per second", () => {
    const series = build({ isRate: true, stepMs: 0 }, [
      [0, 1000],
      [10_000, 3000],
      [20_000, 3000],
    ]);

    expect(series.atMs).toEqual([10_000, 20_000]);
    expect(series.average).toEqual([200, 0]);
    expect(series.weight).toEqual([10_000, 10_000]);
  });

  it("takes a counter that went down for one that began again at zero", () => {
    const series = build({ isRate: true, stepMs: 0 }, [
      [0, 1000],
      [10_000, 500],
    ]);

    expect(series.average).toEqual([50]);
  });

  it("knows no rate over a time in which nothing was heard", () => {
    const promisedMs = 3 * intervalMs + 30_000;

    const series = build({ isRate: true, stepMs: 0 }, [
      [0, 0],
      [promisedMs, 75],
      [2 * promisedMs + 1, 150],
    ]);

    expect(series.atMs).toEqual([promisedMs]);
    expect(series.average).toEqual([1]);
  });

  it("weighs rates by the time that they cover", () => {
    const series = build({ isRate: true, stepMs: 300_000 }, [
      [0, 0],
      [10_000, 100],
      [40_000, 100],
    ]);

    expect(series.average).toEqual([2.5]);
    expect(series.maximum).toEqual([10]);
    expect(series.minimum).toEqual([0]);
  });

  it("reads on over an unknown reading of a counter", () => {
    const series = build({ isRate: true, stepMs: 0 }, [
      [0, 0],
      [10_000, Number.NaN],
      [20_000, 100],
    ]);

    expect(series.atMs).toEqual([10_000, 20_000]);
    expect(series.weight).toEqual([0, 20_000]);
    expect(series.average[1]).toBe(5);
  });

  it("never lets rounding carry an average out of its range", () => {
    const series = build(
      { isRate: false, stepMs: 300_000 },
      Array.from({ length: 20 }, (_, index) => [index * 15_000, 0.1] as const),
    );

    expect(series.average).toEqual([0.1]);
  });
});

describe("isCounter", () => {
  it("goes by the name", () => {
    expect(isCounter("read_bytes_total")).toBe(true);
    expect(isCounter("total_bytes")).toBe(false);
  });
});
