/**
 * How bad something is, as a number that is told anew only when it is worth it. A level never moves with every reading: it goes by steps, and whoever
 * compares it with what was acknowledged looks whether it is larger than that, so that one that falls a step and comes back tells nothing.
 */
import type { Measure } from "@nodekeeper/shared/api";

const dayMs = 24 * 3_600_000;
/** An end that comes is told when it begins to matter, and then as often as it gets urgent. */
const expiryDays: readonly number[] = [30, 14, 7, 3, 1, 0];
/** From when on an end that comes is looked at. */
const longestDays = 30;

/** In whole steps of so much, e.g. every ten percent. */
export function measuredInSteps(name: string, value: number, stepSize: number): Measure {
  return { name, level: Math.floor(value / stepSize) * stepSize };
}

/** Each time that it has doubled: 1, 2, 4, 8 … */
export function measuredInDoublings(name: string, count: number): Measure {
  return { name, level: count < 1 ? 0 : 2 ** Math.floor(Math.log2(count)) };
}

/** Each time that it is ten times as much: 1, 10, 100 … For what comes by the dozen once it comes, and is mended at its cause. */
export function measuredInTens(name: string, count: number): Measure {
  return { name, level: count < 1 ? 0 : 10 ** (String(Math.floor(count)).length - 1) };
}

/** The highest of these steps that it has reached; 0 below all of them. In rising order. */
export function measuredAtSteps(name: string, value: number, steps: readonly number[]): Measure {
  return { name, level: steps.findLast((step) => value >= step) ?? 0 };
}

/** Of something that ends: of the last 30 days, how many are gone, at 30, 14, 7, 3 and 1 days before the end and at the end. */
export function measuredToExpiry(leftMs: number): Measure {
  const step = expiryDays.findLast((days) => leftMs <= days * dayMs) ?? longestDays;
  return { name: "days_of_the_last_30_gone", level: longestDays - step };
}
