/**
 * Notices that the collector's wall clock was set, or that its machine slept. The ages of all words from all nodes are then wrong by that
 * much; until the nodes have spoken again nobody is called silent for it.
 */
import { type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { Listening } from "./listening.ts";

/** What watching needs. */
export interface ClockWatchOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly listening: Listening;
  readonly logger: Logger;
}

const lookMs = 5_000;
/** NTP corrects smaller differences all the time, and they do not matter. */
const toleratedMs = 5_000;

/** Watches until it is disposed. */
export function watchClock({ clock, random, listening, logger }: ClockWatchOptions): AsyncDisposable {
  const stopping = new AbortController();
  let offsetMs = clock.wallMs() - clock.monotonicMs();
  const watching = runEvery({ clock, random, signal: stopping.signal, intervalMs: () => lookMs }, async () => {
    const nowMs = clock.wallMs();
    const jumpMs = nowMs - clock.monotonicMs() - offsetMs;
    if (Math.abs(jumpMs) < toleratedMs) return;
    offsetMs += jumpMs;
    listening.restart(nowMs);
    logger.warn({ jumpMs }, "the clock of the collector was set, or its machine slept");
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}
