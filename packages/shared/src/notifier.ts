/** Lets a loop sleep until there is something to do. */
import type { Clock } from "./clock.ts";

/** Wakes whoever waits. A notification that nobody waits for is not kept: look for work first, then wait. */
export interface Notifier {
  notify(): void;
  /** Resolves with true when notified, with false when the time is up; rejects when the signal aborts. */
  wait(maximumMs: number, signal: AbortSignal): Promise<boolean>;
}

/** A notifier for any number of waiters. */
export function createNotifier(clock: Clock): Notifier {
  let waiters: readonly AbortController[] = [];
  return {
    notify() {
      for (const waiter of waiters) waiter.abort();
    },
    async wait(maximumMs, signal) {
      const waiter = new AbortController();
      const stop = (): void => waiter.abort();
      waiters = [...waiters, waiter];
      signal.addEventListener("abort", stop, { once: true });
      try {
        signal.throwIfAborted();
        await clock.sleep(maximumMs, waiter.signal);
        return false;
      } catch (thrown) {
        signal.throwIfAborted();
        if (waiter.signal.aborted) return true;
        throw thrown;
      } finally {
        waiters = waiters.filter((each) => each !== waiter);
        signal.removeEventListener("abort", stop);
      }
    },
  };
}
