/** Whether this collector can hear its agents at all. Silence while it cannot is its own, not theirs. */

/** Read by evaluation, set by ingest. */
export interface Listening {
  /** Since when agents have been heard without a break (ms, the collector's clock); Infinity while they are not. */
  readonly sinceMs: number;
  /** From now on agents are heard. */
  open(nowMs: number): void;
  /** The clock was set: what was silent until now may have been heard a moment ago. */
  restart(nowMs: number): void;
  /** From now on they are not: the server is not up, or streams are paused because the store cannot keep up. */
  close(): void;
}

/** Not listening yet. */
export function createListening(): Listening {
  let sinceMs = Number.POSITIVE_INFINITY;
  return {
    get sinceMs() {
      return sinceMs;
    },
    open(nowMs) {
      sinceMs = Math.min(sinceMs, nowMs);
    },
    restart(nowMs) {
      if (sinceMs !== Number.POSITIVE_INFINITY) sinceMs = nowMs;
    },
    close() {
      sinceMs = Number.POSITIVE_INFINITY;
    },
  };
}
