/** Waits for something to become true in another process. */
import { systemClock } from "@nodekeeper/shared";

const pauseMs = 20;

/** Asks until the answer is neither false nor undefined, and returns it; throws, saying what it waited for, when the time is over. */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, false | undefined>> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  const never = new AbortController().signal;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) {
      return answer as Exclude<T, false | undefined>; // just checked; TypeScript does not narrow a type parameter
    }
    if (systemClock.monotonicMs() > deadlineMs) {
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    }
    await systemClock.sleep(pauseMs, never);
  }
}
