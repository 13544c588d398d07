/** Shows silence in a series: a plot must not draw a line through a time of which nothing is known. */
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";

/** The series with an unknown point wherever two neighbours are farther apart than `limitMs`, `afterMs` after the first of them. */
export function markGaps(series: RollUpSeries, limitMs: number, afterMs: number): RollUpSeries {
  const { atMs } = series;
  if (!atMs.some((time, index) => time - (atMs[index - 1] ?? time) > limitMs)) return series;
  const marked = {
    atMs: [] as number[],
    weight: [] as number[],
    average: [] as number[],
    minimum: [] as number[],
    maximum: [] as number[],
  };
  for (const [index, time] of atMs.entries()) {
    const before = atMs[index - 1] ?? time;
    if (time - before > limitMs) push(marked, before + afterMs, 0, Number.NaN, Number.NaN, Number.NaN);
    const average = series.average[index] ?? Number.NaN;
    push(marked, time, series.weight[index] ?? 0, average, series.minimum[index] ?? average, series.maximum[index] ?? average);
  }
  return marked;
}

type Growing = { readonly [Column in keyof RollUpSeries]: number[] };

function push(series: Growing, atMs: number, weight: number, average: number, minimum: number, maximum: number): void {
  series.atMs.push(atMs);
  series.weight.push(weight);
  series.average.push(average);
  series.minimum.push(minimum);
  series.maximum.push(maximum);
}
