/** How loud it is that something ends: a month is time enough to act, a day is not. */
import { formatTimeSpan } from "../format.ts";
import type { TroubleLevel } from "./trouble.ts";

const dayMs = 24 * 3_600_000;
const limits: readonly (readonly [belowDays: number, level: TroubleLevel])[] = [
  [1, "high"],
  [7, "medium"],
  [30, "low"],
];

/** Undefined where there is time. */
export function expiryLevel(leftMs: number): TroubleLevel | undefined {
  return limits.find(([days]) => leftMs <= days * dayMs)?.[1];
}

/** "ends in 6 d 3 h", "ended 2 h ago". */
export function expiryText(leftMs: number): string {
  const span = formatTimeSpan(Math.abs(leftMs) / 1000);
  return leftMs > 0 ? `ends in ${span}` : `ended ${span} ago`;
}
