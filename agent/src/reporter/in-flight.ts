/** What was sent on a stream and is not acknowledged yet: bounded in bytes, and watched for age. */
import type { Observation, SequenceRange } from "@nodekeeper/proto";

/** Observations on their way. */
export interface InFlight {
  readonly count: number;
  readonly bytes: number;
  /** When the oldest was sent, on the monotonic clock; undefined when nothing is on its way. */
  readonly oldestAtMs: number | undefined;
  add(observation: Observation, bytes: number, sentAtMs: number): void;
  /** Removes what is acknowledged; how many that was. */
  settle(ranges: readonly SequenceRange[]): number;
  /** Removes and gives what is to be sent again. */
  take(ranges: readonly SequenceRange[]): readonly Observation[];
}

interface Sent {
  readonly observation: Observation;
  readonly bytes: number;
  readonly sentAtMs: number;
}

/** Without anything. */
export function createInFlight(): InFlight {
  const sent = new Map<number, Sent>();
  let bytes = 0;

  function remove(ranges: readonly SequenceRange[]): readonly Observation[] {
    const removed: Observation[] = [];
    // The window is small; ranges are the collector's and may be wide.
    for (const [sequence, entry] of sent) {
      if (!ranges.some(({ first, last }) => sequence >= first && sequence <= last)) continue;
      sent.delete(sequence);
      bytes -= entry.bytes;
      removed.push(entry.observation);
    }
    return removed;
  }

  return {
    get count() {
      return sent.size;
    },
    get bytes() {
      return bytes;
    },
    get oldestAtMs() {
      // A map keeps the order of insertion, and what is sent again is inserted anew.
      const [oldest] = sent.values();
      return oldest?.sentAtMs;
    },
    add(observation, size, sentAtMs) {
      sent.set(observation.sequence, { observation, bytes: size, sentAtMs });
      bytes += size;
    },
    settle: (ranges) => remove(ranges).length,
    take: remove,
  };
}
