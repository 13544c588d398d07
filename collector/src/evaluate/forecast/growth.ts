/**
 * How fast a curve grows, and how fast it may grow from now on. Of what only grows the rate is what it grew in all, since every bit of it
 * stays. Of what goes up and down it is the median of the slopes between all pairs of points (Theil and Sen): a quarter of the points may lie
 * anywhere without moving it. The interval comes from how different the parts of the history are: the rates between its eighths are taken as
 * samples of the future as well.
 */
import { median } from "./median.ts";
import type { CurveOptions, CurvePoint } from "./smooth-curve.ts";

/** Rates per day. */
export interface Growth {
  readonly perDay: number;
  readonly fastestPerDay: number;
  readonly slowestPerDay: number;
}

const dayMs = 86_400_000;
const blockCount = 8;
/** Student's t for 95 % between both ends and six degrees of freedom: seven rates between eight blocks, less one. */
const studentT = 2.447;

/** Growth of a curve of at least eight points. `distance` is how far it is to go. */
export function growthOf(curve: readonly CurvePoint[], distance: number, { isMonotone, stepSize }: CurveOptions): Growth {
  const perDay = isMonotone ? wholeSlope(curve) : medianSlope(curve);
  const rates = blockRates(curve);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (rates.length - 1);
  const days = daysOf(curve);
  const blockDays = days / blockCount;
  // The future is as uneven as the past: over few blocks more so than over many.
  const blocksAhead = Math.max(1, Math.abs(distance / (perDay * blockDays)));
  const unevenness = studentT * Math.sqrt(variance * (1 / rates.length + 1 / blocksAhead));
  const margin = unevenness + Math.abs(perDay - mean) + stepSize / days;
  return { perDay, fastestPerDay: perDay + margin, slowestPerDay: perDay - margin };
}

function wholeSlope(curve: readonly CurvePoint[]): number {
  return ((curve.at(-1)?.value ?? 0) - (curve[0]?.value ?? 0)) / daysOf(curve);
}

function medianSlope(curve: readonly CurvePoint[]): number {
  const slopes = new Float64Array((curve.length * (curve.length - 1)) / 2);
  let count = 0;
  for (const [index, right] of curve.entries()) {
    for (let before = 0; before < index; before += 1) {
      const left = curve[before] ?? right;
      slopes[count++] = ((right.value - left.value) / (right.atMs - left.atMs)) * dayMs;
    }
  }
  return median(slopes);
}

/** The rates between the middles of equal parts of the curve. */
function blockRates(curve: readonly CurvePoint[]): readonly number[] {
  const size = curve.length / blockCount;
  const middles = Array.from({ length: blockCount }, (_, block) => {
    const part = curve.slice(Math.floor(block * size), Math.max(Math.floor(block * size) + 1, Math.floor((block + 1) * size)));
    return { atMs: median(part.map(({ atMs }) => atMs)), value: median(part.map(({ value }) => value)) };
  });
  return middles.slice(1).flatMap((right, index) => {
    const left = middles[index];
    return left === undefined || right.atMs <= left.atMs ? [] : [((right.value - left.value) / (right.atMs - left.atMs)) * dayMs];
  });
}

function daysOf(curve: readonly CurvePoint[]): number {
  return ((curve.at(-1)?.atMs ?? 0) - (curve[0]?.atMs ?? 0)) / dayMs;
}
