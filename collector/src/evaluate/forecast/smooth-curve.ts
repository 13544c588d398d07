/**
 * Makes of readings a curve that a rate can be read from: few points, without glitches, without what was before a reset, and without the
 * stairs of a number that is told in whole steps.
 */
import { median } from "./median.ts";

/** A number at a time. */
export interface CurvePoint {
  readonly atMs: number;
  readonly value: number;
}

/** What the readings come to. */
export interface SmoothCurve {
  readonly curve: readonly CurvePoint[];
  /** Where it stands now, as it is told. */
  readonly level: number;
  /** Where it stands now, as far as can be told: a number told in whole steps is on its way to the next. */
  readonly end: number;
  /** How many steps it was seen to grow; 0 where it is not told in steps. */
  readonly steps: number;
}

/** How the number behaves; see ForecastOptions. */
export interface CurveOptions {
  readonly isMonotone: boolean;
  readonly stepSize: number;
}

const dayMs = 86_400_000;
/** More points make the rate no better, and cost their square. */
const maximumPoints = 120;

/** The curve of some readings, which are in order of time. */
export function smoothCurve(points: readonly CurvePoint[], { isMonotone, stepSize }: CurveOptions): SmoothCurve {
  const known = points.filter(({ value }) => Number.isFinite(value));
  const days = mediansOf(known);
  const latest = known.at(-1)?.value ?? Number.NaN;
  if (!isMonotone) return { curve: days, level: latest, end: latest, steps: 0 };
  const grown = sinceLastFall(withoutSpikes(days), stepSize);
  const level = grown.at(-1)?.value ?? Number.NaN;
  if (stepSize === 0) return { curve: grown, level, end: level, steps: 0 };
  const arrivals = arrivalsOf(grown, stepSize);
  const curve = arrivals.length < 2 ? grown : withoutStairs(grown, arrivals, stepSize);
  return { curve, level, end: curve.at(-1)?.value ?? level, steps: Math.round((level - (grown[0]?.value ?? level)) / stepSize) };
}

/** One point for each day, or for several days of a long history. */
function mediansOf(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const spanMs = (points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0);
  const widthMs = dayMs * Math.max(1, Math.ceil(spanMs / dayMs / maximumPoints));
  const buckets = Map.groupBy(points, ({ atMs }) => Math.floor(atMs / widthMs));
  return [...buckets.values()].map((bucket) => ({
    atMs: bucket.reduce((sum, { atMs }) => sum + atMs, 0) / bucket.length,
    value: median(bucket.map(({ value }) => value)),
  }));
}

/** Each point becomes the middle one of itself and its neighbours, which a number that only grows is already. */
function withoutSpikes(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return points.map(({ atMs, value }, index) => {
    const neighbours = [points[index - 1]?.value, value, points[index + 1]?.value].filter((each) => each !== undefined);
    return { atMs, value: neighbours.length === 3 ? median(neighbours) : value };
  });
}

/** What comes after the last fall by a step and more. Falls by less are rounding. */
function sinceLastFall(points: readonly CurvePoint[], stepSize: number): readonly CurvePoint[] {
  const lastFall = points.findLastIndex(({ value }, index) => {
    const before = points[index - 1]?.value ?? Number.NEGATIVE_INFINITY;
    return before - value >= Math.max(stepSize, Number.MIN_VALUE);
  });
  return lastFall <= 0 ? points : points.slice(lastFall);
}

/** When each higher value was seen first. */
function arrivalsOf(points: readonly CurvePoint[], stepSize: number): readonly CurvePoint[] {
  const arrivals: CurvePoint[] = [];
  let highest = points[0]?.value ?? Number.NaN;
  for (const point of points) {
    if (point.value < highest + stepSize / 2) continue;
    highest = point.value;
    arrivals.push(point);
  }
  return arrivals;
}

/**
 * A number told in whole steps says most when it changes: it is exactly there at that moment. Between two changes it grew evenly, as far as
 * can be told; after the last it goes on at the usual rate, up to the next step, which it has not reached yet.
 */
function withoutStairs(points: readonly CurvePoint[], arrivals: readonly CurvePoint[], stepSize: number): readonly CurvePoint[] {
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (first === undefined || last === undefined) return points;
  const perMs = (last.value - first.value) / (last.atMs - first.atMs);
  return points.map(({ atMs }) => {
    if (atMs <= first.atMs) return { atMs, value: first.value - Math.min(stepSize, perMs * (first.atMs - atMs)) };
    if (atMs >= last.atMs) return { atMs, value: last.value + Math.min(stepSize, perMs * (atMs - last.atMs)) };
    const next = arrivals.findIndex((arrival) => arrival.atMs > atMs);
    return { atMs, value: between(arrivals[next - 1] ?? first, arrivals[next] ?? last, atMs) };
  });
}

function between(left: CurvePoint, right: CurvePoint, atMs: number): number {
  return left.value + ((right.value - left.value) * (atMs - left.atMs)) / (right.atMs - left.atMs);
}
