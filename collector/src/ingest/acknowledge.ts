/** Acknowledgements: what is on the disk, and what must never be sent again. */
import { create } from "@bufbuild/protobuf";
import { AckSchema, type ConnectResponse, type Rejection, RejectionSchema, SequenceRangeSchema } from "@nodekeeper/proto";
import type { Clock } from "@nodekeeper/shared";
import type { IngestMetrics } from "../metrics.ts";
import type { CommitItem } from "./commit-queue.ts";
import type { Progress, ProgressTable } from "./progress.ts";
import { spansOf } from "./sequence-set.ts";
import type { Sessions } from "./sessions.ts";
import { response } from "./wire.ts";

/** Rejections that one Ack tells in words; all are counted and logged. */
export const maximumRejections = 64;

/** What acknowledging needs. */
export interface AcknowledgerOptions {
  readonly sessions: Sessions;
  readonly progress: ProgressTable;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
}

/** Makes the function to be called after each commit. It answers on whatever stream the epoch has now, if it has one. */
export function createAcknowledger(options: AcknowledgerOptions): (committed: readonly CommitItem[]) => void {
  const { sessions, progress, metrics, clock } = options;

  return function acknowledge(committed) {
    const nowMs = clock.wallMs();
    for (const { stored } of committed) metrics.acknowledged(nowMs - stored.receivedAtMs);
    for (const [epoch, items] of Map.groupBy(committed, (item) => item.progress)) {
      for (const item of items) settle(epoch, item.stored.observation.sequence);
      const session = sessions.of(epoch.node);
      if (session?.progress === epoch) {
        session.send(acknowledgement(epoch, items.map(sequenceOf), items.flatMap(rejectionOf)));
        session.onCommitted();
      } else progress.release(epoch);
    }
  };
}

/** Ack of these observations, with as many of the rejections as an Ack may carry. */
export function acknowledgement(
  progress: Progress,
  sequences: readonly number[],
  rejections: readonly Rejection[],
): ConnectResponse {
  const ranges = spansOf(sequences).map((span) => create(SequenceRangeSchema, span));
  return response({
    case: "ack",
    value: create(AckSchema, { epoch: progress.epoch, ranges, rejections: rejections.slice(0, maximumRejections) }),
  });
}

/** A rejection of all of an observation or of parts of it. */
export function rejection(sequence: number, reason: string, isWhole: boolean): Rejection {
  return create(RejectionSchema, { sequence, reason, isWhole });
}

function settle(progress: Progress, sequence: number): void {
  progress.done.add(sequence);
  progress.inFlight.delete(sequence);
}

function sequenceOf(item: CommitItem): number {
  return item.stored.observation.sequence;
}

function rejectionOf(item: CommitItem): readonly Rejection[] {
  return item.droppedParts === undefined ? [] : [rejection(sequenceOf(item), item.droppedParts, false)];
}
