/**
 * When a number that grows will reach its limit: wear its 100 %, a filesystem its end. Pure. The rate is what its history shows, the interval
 * what that history leaves open; where the history is too short, or goes up and down so that it has no direction, there is no date.
 */
import { assertNever } from "@nodekeeper/shared";
import { growthOf } from "./growth.ts";
import { type CurvePoint, smoothCurve } from "./smooth-curve.ts";

/** A number at a time. */
export type { CurvePoint } from "./smooth-curve.ts";

/** What kind of number it is. */
export interface ForecastOptions {
  readonly limit: number;
  /** True for one that only grows while it is the same thing that is counted: where it falls, another disk began, and history with it. */
  readonly isMonotone: boolean;
  /** What it is counted in: wear is told in whole percents. 0 where every value is possible. */
  readonly stepSize: number;
}

/** What can be said of the future. Rates are per day, negative where it falls. */
export type Forecast =
  | { readonly kind: "reached" }
  | {
      readonly kind: "reaches";
      readonly perDay: number;
      readonly earliestAtMs: number;
      readonly likelyAtMs: number;
      /** Undefined when it may also stop growing, or take a century. */
      readonly latestAtMs: number | undefined;
    }
  /** It stands, falls, or grows so slowly that even the fastest that its history allows takes more than ten years. */
  | { readonly kind: "not-soon"; readonly perDay: number }
  | { readonly kind: "unknown"; readonly reason: UnknownReason };

/** Why there is no forecast. */
export type UnknownReason =
  | { readonly kind: "no-history" }
  | { readonly kind: "too-short"; readonly days: number; readonly neededDays: number }
  | { readonly kind: "too-few-steps"; readonly steps: number; readonly neededSteps: number }
  | { readonly kind: "no-direction" };

/** Less history than this says nothing: a week has its own rhythm, and one week is none. */
export const neededDays = 14;
/** Wear must have been seen to grow so often. */
export const neededSteps = 2;

const dayMs = 86_400_000;
/** Days of which something is known, where the history has gaps. */
const neededPoints = 8;
/** Beyond this nobody plans. */
const horizonDays = 3_650;
/** A date beyond this is not told, even as the latest. */
const centuryDays = 36_500;

/** Looks ahead from the last point. Points are in order of time; NaN and gaps are left out. */
export function forecast(points: readonly CurvePoint[], options: ForecastOptions): Forecast {
  const { limit, stepSize } = options;
  const { curve, level, end, steps } = smoothCurve(points, options);
  const [first, last] = [curve[0], curve.at(-1)];
  if (first === undefined || last === undefined) return { kind: "unknown", reason: { kind: "no-history" } };
  if (level >= limit) return { kind: "reached" };
  const days = (last.atMs - first.atMs) / dayMs;
  if (days < neededDays || curve.length < neededPoints) {
    return { kind: "unknown", reason: { kind: "too-short", days: Math.min(Math.floor(days), curve.length), neededDays } };
  }
  const distance = limit - end;
  const isTooSlow = (fastestPerDay: number): boolean => fastestPerDay <= 0 || distance / fastestPerDay > horizonDays;
  if (stepSize > 0 && steps < neededSteps) {
    // One more step may be due this moment.
    return isTooSlow(((steps + 1) * stepSize) / days)
      ? { kind: "not-soon", perDay: (steps * stepSize) / days }
      : { kind: "unknown", reason: { kind: "too-few-steps", steps, neededSteps } };
  }
  const growth = growthOf(curve, distance, options);
  if (isTooSlow(growth.fastestPerDay)) return { kind: "not-soon", perDay: growth.perDay };
  // What only grows may have grown unevenly, and has a direction all the same.
  const hasDirection = growth.perDay > 0 && (options.isMonotone || growth.slowestPerDay > 0);
  if (!hasDirection) return { kind: "unknown", reason: { kind: "no-direction" } };
  const reachedAtMs = (perDay: number): number => last.atMs + (distance / perDay) * dayMs;
  const isEverReached = growth.slowestPerDay > 0 && distance / growth.slowestPerDay <= centuryDays;
  return {
    kind: "reaches",
    perDay: growth.perDay,
    earliestAtMs: reachedAtMs(growth.fastestPerDay),
    likelyAtMs: reachedAtMs(growth.perDay),
    latestAtMs: isEverReached ? reachedAtMs(growth.slowestPerDay) : undefined,
  };
}

/** The reason in words. */
export function describeReason(reason: UnknownReason): string {
  switch (reason.kind) {
    case "no-history":
      return "there is no history of it yet";
    case "too-short":
      return `its history is ${reason.days} days long; ${reason.neededDays} are needed`;
    case "too-few-steps":
      return `it has grown by ${reason.steps} of the ${reason.neededSteps} steps that are needed`;
    case "no-direction":
      return "it goes up and down and has no direction";
    default:
      return assertNever(reason, "reason");
  }
}
