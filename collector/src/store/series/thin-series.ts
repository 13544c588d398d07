/** Bounds the number of points of a series: neighbours are joined, and their lowest and highest values are kept. */
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";
import { SeriesBuilder } from "./series-builder.ts";

/** A week of five minutes (2016) goes through as it is; a screen is not wider. */
export const maximumPoints = 2100;

/** The series itself when it is short enough; else points that stand for as many neighbours each as it takes. */
export function thinSeries(series: RollUpSeries, limit: number = maximumPoints): RollUpSeries {
  const count = series.atMs.length;
  if (count <= limit) return series;
  const joined = Math.ceil(count / limit);
  // The index takes the place of time, so that each bucket has the same number of points however they are spread.
  const builder = new SeriesBuilder({ isRate: false, stepMs: joined });
  for (let index = 0; index < count; index += 1) {
    const point = [series.average[index], series.minimum[index], series.maximum[index]].map((value) => value ?? Number.NaN);
    builder.addPoint(index, series.weight[index] ?? 0, point[0] ?? Number.NaN, point[1] ?? Number.NaN, point[2] ?? Number.NaN);
  }
  return {
    atMs: builder.atMs.map((first) => series.atMs[first] ?? 0),
    weight: builder.weight,
    average: builder.average,
    minimum: builder.minimum,
    maximum: builder.maximum,
  };
}
