/**
 * Turns readings of one series, in order of time, into points: one for each reading, or one for each bucket of time. Counters become rates
 * per second, resets taken into account; where nothing was heard for longer than promised there is no rate, since silence is not a fact.
 */
import { staleAtMs } from "../../state/freshness.ts";
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";

/** What points are made. */
export interface SeriesOptions {
  /** True for counters: see isCounter. */
  readonly isRate: boolean;
  /** Width of the buckets; 0: a point for each reading, at its own time. */
  readonly stepMs: number;
}

/** True for a counter: the value only grows, until it starts again from zero. */
export function isCounter(name: string): boolean {
  return name.endsWith("_total");
}

/** Collects points; readings and finer points must come in order of time. */
export class SeriesBuilder implements RollUpSeries {
  readonly atMs: number[] = [];
  readonly weight: number[] = [];
  readonly average: number[] = [];
  readonly minimum: number[] = [];
  readonly maximum: number[] = [];
  readonly #options: SeriesOptions;
  #previous: { readonly atMs: number; readonly value: number; readonly intervalMs: number } | undefined;

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  /** A reading; NaN is unknown. The interval is the one in force when it was made. */
  addReading(atMs: number, value: number, intervalMs: number): void {
    if (!this.#options.isRate) {
      this.addPoint(atMs, Number.isNaN(value) ? 0 : 1, value, value, value);
      return;
    }
    if (Number.isNaN(value)) {
      this.addPoint(atMs, 0, Number.NaN, Number.NaN, Number.NaN);
      return;
    }
    const previous = this.#previous;
    this.#previous = { atMs, value, intervalMs };
    if (previous === undefined || atMs <= previous.atMs) return;
    if (atMs > staleAtMs(previous.atMs, Math.max(intervalMs, previous.intervalMs))) return;
    const coveredMs = atMs - previous.atMs;
    // A counter that went down was reset and has counted to its value since.
    const increase = value >= previous.value ? value - previous.value : value;
    const rate = increase / (coveredMs / 1000);
    this.addPoint(atMs, coveredMs, rate, rate, rate);
  }

  /** A reading before the first that gets a point: the first rate needs it. */
  notePrevious(atMs: number, value: number, intervalMs: number): void {
    if (!Number.isNaN(value)) this.#previous = { atMs, value, intervalMs };
  }

  /** A point of finer or equal width. Weight 0: observed, but unknown. */
  addPoint(atMs: number, weight: number, average: number, minimum: number, maximum: number): void {
    const { stepMs } = this.#options;
    const bucketMs = stepMs === 0 ? atMs : atMs - (atMs % stepMs);
    const last = this.atMs.length - 1;
    if (stepMs === 0 || this.atMs[last] !== bucketMs) {
      this.atMs.push(bucketMs);
      this.weight.push(weight);
      this.average.push(average);
      this.minimum.push(minimum);
      this.maximum.push(maximum);
    } else if (weight > 0) {
      this.#mergeIntoLast(last, weight, average, minimum, maximum);
    }
  }

  #mergeIntoLast(last: number, weight: number, average: number, minimum: number, maximum: number): void {
    const before = this.weight[last] ?? 0;
    if (before === 0) {
      this.weight[last] = weight;
      this.average[last] = average;
      this.minimum[last] = minimum;
      this.maximum[last] = maximum;
      return;
    }
    const lowest = Math.min(this.minimum[last] ?? minimum, minimum);
    const highest = Math.max(this.maximum[last] ?? maximum, maximum);
    const mean = this.average[last] ?? average;
    this.weight[last] = before + weight;
    // Rounding must not carry a mean out of its range.
    this.average[last] = Math.min(highest, Math.max(lowest, mean + (average - mean) * (weight / (before + weight))));
    this.minimum[last] = lowest;
    this.maximum[last] = highest;
  }
}
