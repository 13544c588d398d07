/** What is known of one spool file without reading it. */
import type { Entry } from "./entry.ts";
import type { Moment } from "./moment.ts";
import { RangeSet } from "./range-set.ts";

/** Observations that the disk holds no more. */
export interface Dropped {
  /** Which, as far as it is known. */
  readonly sequences: RangeSet;
  /** Observed times of the oldest and the newest. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** At least so many. */
  readonly observationCount: number;
}

/** One file. */
export class Segment {
  readonly path: string;
  /** Size of the file. */
  bytes = 0;
  /** Sequences in it that are not acknowledged. */
  readonly live: RangeSet = new RangeSet();
  /** The last one written. */
  newest: Moment | undefined;
  #fromMs = Number.POSITIVE_INFINITY;
  #untilMs = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Notes an observation that lies in the file now. */
  include(entry: Entry): void {
    this.live.add(entry.sequence);
    this.newest = { bootId: entry.bootId, observedAtMs: entry.observedAtMs, uptimeMs: entry.uptimeMs };
    this.#fromMs = Math.min(this.#fromMs, entry.observedAtMs);
    this.#untilMs = Math.max(this.#untilMs, entry.observedAtMs);
  }

  /** Takes out everything but `found`, and gives it back as dropped. */
  dropAllBut(found: RangeSet): Dropped {
    const sequences = RangeSet.of(this.live.ranges);
    sequences.deleteAll(found);
    this.live.deleteAll(sequences);
    return { sequences, fromMs: this.#fromMs, untilMs: this.#untilMs, observationCount: sequences.size };
  }
}
