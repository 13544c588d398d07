/** The only timers and clocks of the house. Tests give a FakeClock (test-support/fake-clock.ts) in its place. */
import { setTimeout as delay } from "node:timers/promises";

/** Time as a port. */
export interface Clock {
  /** Wall time in ms since 1970; for records. It jumps. */
  wallMs(): number;
  /** Monotonic ms of this process; for durations and deadlines. */
  monotonicMs(): number;
  /** Waits; rejects with an AbortError as soon as the signal aborts. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** A signal that aborts after a time, and how to give its timer back. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** The real time. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    durationMs > longestTimerMs ? sleepLong(durationMs, signal) : delay(durationMs, undefined, { signal }),
};

/** A timer of Node for more than this, 24.8 days, ends at once. */
const longestTimerMs = 2 ** 31 - 1;

async function sleepLong(durationMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= longestTimerMs)
    await delay(Math.min(leftMs, longestTimerMs), undefined, { signal });
}

/**
 * A signal that aborts when `parent` does or when the time is up, with `reason`; dispose it when the work is done: it follows nothing then.
 * Not AbortSignal.any: what that makes lives as long as its parent once somebody listens, and parents here live as long as the program.
 */
export function createDeadline(clock: Clock, durationMs: number, parent: AbortSignal, reason: Error): Deadline {
  const controller = new AbortController();
  const done = new AbortController();
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow, { once: true });
  clock.sleep(durationMs, done.signal).then(
    () => controller.abort(reason),
    () => undefined, // disposed: the work ended in time
  );
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      parent.removeEventListener("abort", follow);
      done.abort();
    },
  };
}
