/** Keeps watchers running: one that ends or fails is started again, later and later. */
import { AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import type { Watcher } from "./watcher.ts";

/** What running watchers needs. */
export interface WatchersOptions {
  readonly watchers: readonly Watcher[];
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly trigger: (probes: readonly string[], reason: string) => void;
}

const backoff: Backoff = { baseMs: 1_000, maximumMs: 300_000 };
/** A watcher that lasted so long begins with short delays again. */
const goodRunMs = 60_000;

/** Runs all until the signal aborts; never rejects. */
export async function runWatchers(options: WatchersOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.watchers.map((watcher) => keepWatching(watcher, options, signal)));
}

async function keepWatching(watcher: Watcher, options: WatchersOptions, signal: AbortSignal): Promise<void> {
  const { clock, host, logger, random, trigger } = options;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const startedAtMs = clock.monotonicMs();
    try {
      await watcher.watch({ host, clock, trigger, signal });
    } catch (thrown) {
      if (signal.aborted) return;
      logger.warn({ watcher: watcher.name, err: AppError.from(thrown), attempt }, "a watcher failed, it is started again later");
    }
    if (clock.monotonicMs() - startedAtMs > goodRunMs) attempt = 1;
    await clock.sleep(backoffDelayMs(backoff, attempt, random), signal).catch(() => undefined); // aborted: the loop ends
  }
}
