/** What is told to people, and by which way: the rest of the collector sees this. */
import type { NotificationOverview, NotificationTest } from "@nodekeeper/shared/api";

/** Tells people. Disposing it writes what waits; nothing that waits is lost. */
export interface Notifications extends AsyncDisposable {
  /** Each channel of the configuration, how it is doing and what waits; and the heartbeat, where there is one. */
  overview(): NotificationOverview;
  /** Sends a word of no meaning by one channel, or by all, at once and once. NOT_FOUND where there is no such channel. */
  test(channel: string | undefined, by: string): Promise<readonly NotificationTest[]>;
  /** What is wrong with telling, for /readyz and metrics. */
  problems(): readonly string[];
}

/** Nobody is told anything. */
export const noNotifications: Notifications = {
  overview: () => ({ channels: [] }),
  test: () => Promise.resolve([]),
  problems: () => [],
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
