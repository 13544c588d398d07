/**
 * What is read seldom is read in the first run of each period: a probe does not know when it read a part of its subject, only when its last run was.
 * Periods are those of the wall clock.
 */

/** True until the clock next passes a multiple of the period; false where there was no run. */
export function isSamePeriod(lastRunMs: number | undefined, nowMs: number, periodMs: number): boolean {
  return lastRunMs !== undefined && Math.floor(lastRunMs / periodMs) === Math.floor(nowMs / periodMs);
}
