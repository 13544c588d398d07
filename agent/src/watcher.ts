/**
 * The contract of a watcher: the second kind of source. It waits for the machine to say that something changed, and triggers probes; it
 * reports no facts of its own.
 */
import type { Clock } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";

/** What a watcher may use. */
export interface WatcherContext {
  readonly host: Host;
  readonly clock: Clock;
  /**
   * Runs these probes now; a probe that is running runs once more after it. `faultyDevices` are those that the kernel complained about, by its
   * own names: probes that leave a device alone for a while read these nevertheless (FaultyDevices).
   */
  trigger(probes: readonly string[], reason: string, faultyDevices?: readonly string[]): void;
  readonly signal: AbortSignal;
}

/** Waits for changes. */
export interface Watcher {
  /** Stable, kebab-case, equal to the file's name. */
  readonly name: string;
  /** For people: what it watches. */
  readonly title: string;
  /** Runs until the signal aborts. Throws when it cannot watch (any more); the agent says so and starts it again with back-off. */
  watch(context: WatcherContext): Promise<void>;
}

/** Checks a watcher's shape at compile time. */
export function defineWatcher(watcher: Watcher): Watcher {
  return watcher;
}
