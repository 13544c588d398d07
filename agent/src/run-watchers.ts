/** Keeps watchers running: one that ends or fails is started again, later and later. */
import { AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import type { Watcher, WatcherContext } from "./watcher.ts";

/** What running watchers needs. */
export interface WatchersOptions {
  readonly watchers: readonly Watcher[];
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly trigger: WatcherContext["trigger"];
}

/** Keeps watchers running. */
export interface WatcherKeeper {
  /** Runs all until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Watchers that failed and are to be started again, by name, with why. */
  failed(): ReadonlyMap<string, AppError>;
}

const backoff: Backoff = { baseMs: 1_000, maximumMs: 300_000 };
/** A watcher that lasted so long begins with short delays again. */
const goodRunMs = 60_000;

/** Makes the keeper; nothing is watched before `run`. */
export function createWatcherKeeper(options: WatchersOptions): WatcherKeeper {
  const failed = new Map<string, AppError>();
  return {
    async run(signal) {
      await Promise.all(options.watchers.map((watcher) => keepWatching(watcher, options, failed, signal)));
    },
    failed: () => failed,
  };
}

async function keepWatching(
  watcher: Watcher,
  { clock, host, logger, random, trigger }: WatchersOptions,
  failed: Map<string, AppError>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const startedAtMs = clock.monotonicMs();
    try {
      // It counts as failed until it has lasted: otherwise one that fails at once would look well most of the time.
      using _ = afterGoodRun(clock, () => failed.delete(watcher.name));
      await watcher.watch({ host, clock, trigger, signal });
      failed.set(watcher.name, new AppError("INTERNAL", "it ended without a reason"));
    } catch (thrown) {
      const error = AppError.from(thrown);
      failed.set(watcher.name, error);
      if (!signal.aborted)
        logger.warn({ watcher: watcher.name, err: error, attempt }, "a watcher failed, it is started again later");
    }
    if (clock.monotonicMs() - startedAtMs > goodRunMs) attempt = 1;
    await clock.sleep(backoffDelayMs(backoff, attempt, random), signal).catch(() => undefined); // aborted: the loop ends
  }
}

function afterGoodRun(clock: Clock, then: () => void): Disposable {
  const ended = new AbortController();
  clock.sleep(goodRunMs, ended.signal).then(then, () => undefined); // it ended before
  return { [Symbol.dispose]: () => ended.abort() };
}
