/** What telling people counts. Channels are those of the configuration. */

/** It. */
export interface NotifyMetrics {
  /** A notice was delivered, could not be, or was given up. */
  attempted(channel: string, result: "delivered" | "failed" | "given_up"): void;
  /** A heartbeat was sent, could not be, or was not sent because the collector is not well. */
  heartbeat(result: "sent" | "failed" | "withheld"): void;
}
