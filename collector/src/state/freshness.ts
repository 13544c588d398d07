/** How old is too old. By the collector's clock and the interval in which the next word was promised. */

/** fresh: as promised; stale: overdue; lost: silent so long that a person must decide. */
export type Freshness = "fresh" | "stale" | "lost";

/** Missed beats that are forgiven, and a margin for transport and jitter. */
const forgivenIntervals = 3;
const marginMs = 30_000;
/** Silent for so long is lost. */
const lostAfterMs = 7 * 24 * 3_600_000;

/** Freshness of something observed at a time and promised anew every interval. */
export function freshnessOf(observedAtMs: number, intervalMs: number, nowMs: number): Freshness {
  const ageMs = nowMs - observedAtMs;
  if (ageMs >= lostAfterMs) return "lost";
  return ageMs <= intervalMs * forgivenIntervals + marginMs ? "fresh" : "stale";
}

/** From when on freshnessOf says stale. */
export function staleAtMs(observedAtMs: number, intervalMs: number): number {
  return observedAtMs + intervalMs * forgivenIntervals + marginMs;
}

/** From when on freshnessOf says lost. */
export function lostAtMs(observedAtMs: number): number {
  return observedAtMs + lostAfterMs;
}
