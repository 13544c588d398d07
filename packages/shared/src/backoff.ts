/** How long to wait before trying again. Pure. */

/** The form of a back-off: attempt n waits baseMs × n², at most maximumMs, give or take half. */
export interface Backoff {
  readonly baseMs: number;
  readonly maximumMs: number;
}

/** The delay before attempt `attempt` (1 is the first retry); `random` gives 0 ≤ r < 1 and spreads a herd over ±50 %. */
export function backoffDelayMs(backoff: Backoff, attempt: number, random: () => number): number {
  const planned = Math.min(backoff.maximumMs, backoff.baseMs * attempt * attempt);
  return Math.round(planned * (0.5 + random()));
}

/**
 * The delay before attempt `attempt` where many may try at the same time: anything from nothing to twice what is planned, so that those who lost
 * one server together come back one by one.
 */
export function fullJitterDelayMs(backoff: Backoff, attempt: number, random: () => number): number {
  return Math.round(2 * Math.min(backoff.maximumMs, backoff.baseMs * attempt * attempt) * random());
}
