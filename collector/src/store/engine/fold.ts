/** Folding: writes what the journal did to streams, epochs and latest observations, so that a restart need not read it from the journal. */
import type { EngineContext, Steps } from "./engine-context.ts";
import type { StreamChanges } from "./store-memory.ts";
import type { StoreTables } from "./store-tables.ts";
import type { Stream } from "./stream.ts";

/** Streams or epochs to a transaction. */
const sliceSize = 200;

/**
 * Folds everything that is committed now; it may be given up between any two steps. What changes meanwhile may be written too: reading the
 * same rows of the journal once more after a crash changes nothing.
 */
export function* foldSteps({ tables, memory, transaction }: EngineContext): Steps<void> {
  const throughId = memory.nextId - 1;
  if (memory.unfoldedCount() === 0) return;
  for (const slice of slicesOf(memory.dirtyEpochs())) {
    transaction("writing which observations are committed", () => {
      for (const epoch of slice) tables.epochs.save(epoch.id, epoch.spans.toBytes(), epoch.lastUsedMs);
    });
    for (const epoch of slice) memory.settleEpoch(epoch);
    yield;
  }
  for (const slice of slicesOf(memory.dirtyStreams())) {
    transaction("writing the latest observations", () => {
      for (const stream of slice) saveStream(tables, stream, memory.changesOf(stream));
    });
    for (const stream of slice) memory.settleStream(stream);
    yield;
  }
  transaction("writing how far the journal is folded", () => tables.meta.set("folded_through_id", throughId));
  memory.noteFolded(throughId);
}

function saveStream({ streams, latest }: StoreTables, stream: Stream, changes: StreamChanges | undefined): void {
  streams.saveHead(stream.id, stream.headId);
  if (changes?.succeeded !== undefined) latest.saveSucceeded(stream.id, changes.succeeded);
  if (changes?.other !== undefined || changes?.isOtherGone === true) latest.saveOther(stream.id, changes.other);
}

function* slicesOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += sliceSize) yield items.slice(start, start + sliceSize);
}
