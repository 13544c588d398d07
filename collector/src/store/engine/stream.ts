/** What the worker remembers of each stream and each epoch, so that a commit writes one row and reads none. */
import type { SequenceSpans } from "../sequence-spans.ts";
import type { FactsRow } from "../tables/facts-table.ts";

/** A stream: one probe of one node. Mutable; only the engine changes it, inside a transaction. */
export interface Stream {
  readonly id: number;
  /** Another one when its machine loses the name. */
  node: string;
  readonly probe: string;
  /** Newest row of it in the journal; 0 when there never was one. */
  headId: number;
  /** Rows up to it are in chunks. */
  compactedThroughId: number;
  /** What was observed before it is in roll-ups of five minutes. */
  fiveMinutesThroughMs: number;
  /** What was observed before it is in roll-ups of hours. */
  hoursThroughMs: number;
  /** Facts that the last observation with facts referred to. */
  facts: SeenFacts | undefined;
  /** Its latest observation that succeeded. */
  succeeded: ObservationMark | undefined;
  /** A later one that did not succeed. */
  other: ObservationMark | undefined;
  /** When the newest of its observations was made. */
  lastObservedMs: number;
  /** The interval in force at the last observation; 0 when that is not known. */
  intervalMs: number;
}

/** Which observation of a stream. */
export interface ObservationMark {
  readonly epoch: string;
  readonly sequence: number;
  readonly observedAtMs: number;
}

/** Within an epoch the agent's numbers say what is later; between epochs only time can. True also for the same observation. */
export function isLater(mark: ObservationMark, than: ObservationMark | undefined): boolean {
  if (than === undefined) return true;
  return mark.epoch === than.epoch ? mark.sequence >= than.sequence : mark.observedAtMs >= than.observedAtMs;
}

/** Facts with what was seen of them since they were last written. */
export interface SeenFacts extends Pick<FactsRow, "id" | "hash" | "layoutId"> {
  firstSeenMs: number;
  lastSeenMs: number;
}

/** An epoch of a node. Mutable like Stream. */
export interface Epoch {
  readonly id: number;
  node: string;
  readonly epoch: string;
  readonly spans: SequenceSpans;
  lastUsedMs: number;
}
