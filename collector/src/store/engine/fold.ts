/** Folding: writes what the journal did to streams, epochs and latest observations, so that a restart need not read it from the journal. */
import type { EngineContext, Steps } from "./store-engine.ts";

/** Streams or epochs to a transaction. */
const sliceSize = 200;

/**
 * Folds everything that is committed now. What changes meanwhile may be written too; reading the same rows of the journal once more after
 * a crash changes nothing.
 */
export function* foldSteps({ tables, memory, transaction }: EngineContext): Steps<void> {
  const { throughId, streams, epochs } = memory.takeDirty();
  for (const slice of slicesOf(epochs)) {
    transaction("writing which observations are committed", () => {
      for (const epoch of slice) tables.epochs.save(epoch.id, epoch.spans.toBytes(), epoch.lastUsedMs);
    });
    yield;
  }
  for (const slice of slicesOf(streams)) {
    transaction("writing the latest observations", () => {
      for (const [stream, { succeeded, other, isOtherGone }] of slice) {
        tables.streams.saveHead(stream.id, stream.headId);
        if (succeeded !== undefined) tables.latest.saveSucceeded(stream.id, succeeded);
        if (other !== undefined || isOtherGone) tables.latest.saveOther(stream.id, other);
      }
    });
    yield;
  }
  if (memory.unfoldedCount() === 0) return;
  transaction("writing how far the journal is folded", () => tables.meta.set("folded_through_id", throughId));
  memory.noteFolded(throughId);
}

function* slicesOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += sliceSize) yield items.slice(start, start + sliceSize);
}
