/** The one loop: work, then a jittered sleep, until aborted. Runs never overlap. */
import type { Clock } from "./clock.ts";

/** How a loop is timed. */
export interface LoopOptions {
  readonly clock: Clock;
  /** Start-to-start target; asked anew before each sleep, so that an interval may change while the loop runs. */
  readonly intervalMs: () => number;
  /** Spread of each sleep: 0.2 means ±20 %. Default 0.2. */
  readonly jitter?: number;
  /** Wait before the first run. Default 0. */
  readonly firstDelayMs?: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Runs `work` again and again; ends quietly when the signal aborts. What `work` throws ends the loop: catch inside. */
export async function runEvery(options: LoopOptions, work: () => Promise<void>): Promise<void> {
  const { clock, signal, random, jitter = 0.2, firstDelayMs = 0 } = options;
  try {
    if (firstDelayMs > 0) await clock.sleep(firstDelayMs, signal);
    while (!signal.aborted) {
      const startedAtMs = clock.monotonicMs();
      await work();
      const target = options.intervalMs() * (1 + jitter * (2 * random() - 1));
      const elapsed = clock.monotonicMs() - startedAtMs;
      await clock.sleep(Math.max(0, target - elapsed), signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
