/** What was sent on a stream and is not acknowledged yet: bounded in bytes, and watched for age. */
import type { Observation, SequenceRange } from "@nodekeeper/proto";

/** One observation on its way. */
export interface Sent {
  /** With whole facts, however it was sent. */
  readonly observation: Observation;
  /** Whether its facts were sent. */
  readonly isWhole: boolean;
  /** As it was sent. */
  readonly bytes: number;
  /** On the monotonic clock. */
  readonly sentAtMs: number;
}

/** Observations on their way. */
export interface InFlight {
  readonly count: number;
  readonly bytes: number;
  /** When the oldest was sent, on the monotonic clock; undefined when nothing is on its way. */
  readonly oldestAtMs: number | undefined;
  add(sent: Sent): void;
  /** Removes and gives what lies in the ranges: it has arrived, or is to be sent again. */
  take(ranges: readonly SequenceRange[]): readonly Sent[];
}

/** Without anything. */
export function createInFlight(): InFlight {
  const all = new Map<number, Sent>();
  let bytes = 0;
  return {
    get count() {
      return all.size;
    },
    get bytes() {
      return bytes;
    },
    get oldestAtMs() {
      // A map keeps the order of insertion, and what is sent again is inserted anew.
      const [oldest] = all.values();
      return oldest?.sentAtMs;
    },
    add(sent) {
      all.set(sent.observation.sequence, sent);
      bytes += sent.bytes;
    },
    take(ranges) {
      const taken: Sent[] = [];
      // The window is small; ranges are the collector's and may be wide.
      for (const [sequence, sent] of all) {
        if (!ranges.some(({ first, last }) => sequence >= first && sequence <= last)) continue;
        all.delete(sequence);
        bytes -= sent.bytes;
        taken.push(sent);
      }
      return taken;
    },
  };
}
