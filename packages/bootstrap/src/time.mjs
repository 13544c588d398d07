/** Time for the bootstrap: it cannot use the shared clock, which is TypeScript and not there before Node 24 is. */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Milliseconds since this process began; never jumps.
 *
 * @returns {number}
 */
export function monotonicMs() {
  return performance.now();
}

/**
 * Waits; an aborted signal ends the wait early and silently.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export async function sleep(ms, signal) {
  if (signal === undefined) await delay(ms);
  else await delay(ms, undefined, { signal }).catch(() => {});
}

/**
 * Calls `work` again and again. Does not keep the process alive.
 *
 * @param {number} periodMs
 * @param {() => void} work
 * @returns {() => void} ends it
 */
export function repeat(periodMs, work) {
  const timer = setInterval(work, periodMs);
  timer.unref();
  return () => clearInterval(timer);
}
