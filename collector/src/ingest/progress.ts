/** How far an epoch of a node has come: what is committed, and what is on its way to the disk. */
import { SequenceSet } from "./sequence-set.ts";

/** One epoch of one node. It outlives streams: what was sent on one may be acknowledged on the next. */
export interface Progress {
  readonly node: string;
  readonly epoch: string;
  /** Committed, or rejected as a whole: never to be sent again. */
  readonly done: SequenceSet;
  /** Taken, but not committed yet. */
  readonly inFlight: Set<number>;
}

/** The epochs that matter now: those of open streams, and those with something in flight. */
export interface ProgressTable {
  /** The epoch's progress; a new one when it is not known. */
  of(node: string, epoch: string): Progress;
  /** Forgets the epoch when nothing of it is in flight; to be called when its stream is closed, and after commits without a stream. */
  release(progress: Progress): void;
}

/** Without any epoch. */
export function createProgressTable(): ProgressTable {
  const known = new Map<string, Progress>();
  const keyOf = (node: string, epoch: string): string => `${node} ${epoch}`;
  return {
    of(node, epoch) {
      const key = keyOf(node, epoch);
      const progress = known.get(key) ?? { node, epoch, done: new SequenceSet(), inFlight: new Set() };
      known.set(key, progress);
      return progress;
    },
    release(progress) {
      if (progress.inFlight.size === 0) known.delete(keyOf(progress.node, progress.epoch));
    },
  };
}
