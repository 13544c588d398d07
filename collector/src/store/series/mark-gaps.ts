/** Shows silence in a series: a plot must not draw a line through a time of which nothing is known. */
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";

/** What is expected after a point. */
export interface Expectation {
  /** The next point is due so long after it. */
  readonly dueMs: number;
  /** Without one so long after it, there is a silence. */
  readonly limitMs: number;
}

/** The series with an unknown point in each silence, where the first missing point was due. */
export function markGaps(series: RollUpSeries, expectationAt: (atMs: number) => Expectation): RollUpSeries {
  const { atMs } = series;
  const isGap = (time: number, before: number): boolean => time - before > expectationAt(before).limitMs;
  if (!atMs.some((time, index) => isGap(time, atMs[index - 1] ?? time))) return series;
  const marked = {
    atMs: [] as number[],
    weight: [] as number[],
    average: [] as number[],
    minimum: [] as number[],
    maximum: [] as number[],
  };
  for (const [index, time] of atMs.entries()) {
    const before = atMs[index - 1] ?? time;
    if (isGap(time, before)) push(marked, before + expectationAt(before).dueMs, 0, Number.NaN, Number.NaN, Number.NaN);
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
