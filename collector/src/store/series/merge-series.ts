/** Joins two series of points. */
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";
import { SeriesBuilder } from "./series-builder.ts";

/** All points of both in order of time, as points of a width; points that fall into one bucket become one. */
export function mergeSeries(left: RollUpSeries, right: RollUpSeries, stepMs: number): RollUpSeries {
  const merged = new SeriesBuilder({ isRate: false, stepMs });
  let [fromLeft, fromRight] = [0, 0];
  while (fromLeft < left.atMs.length || fromRight < right.atMs.length) {
    const isLeft = (left.atMs[fromLeft] ?? Number.POSITIVE_INFINITY) <= (right.atMs[fromRight] ?? Number.POSITIVE_INFINITY);
    if (isLeft) addPoint(merged, left, fromLeft++);
    else addPoint(merged, right, fromRight++);
  }
  return merged;
}

/** The points of a series that start from a time on and before another. */
export function cutSeries(series: RollUpSeries, fromMs: number, untilMs: number): RollUpSeries {
  const isInside = (_: number, index: number): boolean => {
    const atMs = series.atMs[index] ?? 0;
    return atMs >= fromMs && atMs < untilMs;
  };
  return {
    atMs: series.atMs.filter(isInside),
    weight: series.weight.filter(isInside),
    average: series.average.filter(isInside),
    minimum: series.minimum.filter(isInside),
    maximum: series.maximum.filter(isInside),
  };
}

function addPoint(merged: SeriesBuilder, series: RollUpSeries, index: number): void {
  const [atMs = 0, weight = 0, average = Number.NaN] = [series.atMs[index], series.weight[index], series.average[index]];
  merged.addPoint(atMs, weight, average, series.minimum[index] ?? average, series.maximum[index] ?? average);
}
