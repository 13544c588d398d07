/**
 * Compaction: what arrived in hours that are over leaves the journal for compressed chunks, one for each stream and hour. What arrived late
 * is merged into the chunk of its hour, and into the roll-ups where those were made already.
 */
import { compareRows, type HistoryRow } from "../codec/history-row.ts";
import { decodeRawChunk, encodeRawChunk } from "../codec/raw-chunk.ts";
import { unitStart } from "../tables/chunks-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { type ChunkWrite, lateChunks } from "./late-chunks.ts";
import type { Stream } from "./stream.ts";
import { uncompactedRows } from "./uncompacted-rows.ts";
import { WriteBatch } from "./write-batch.ts";

/** Rows of the journal that are deleted in one transaction. */
const deletedRows = 2000;

/** Compacts what was received before the hour of `nowMs`. The journal must have been folded up to there. */
export function* compactSteps(context: EngineContext, nowMs: number): Steps<void> {
  const { memory, tables } = context;
  const throughId = lastIdBefore(context, unitStart("raw", nowMs));
  const firstId = tables.journal.firstId();
  if (firstId === undefined || throughId < firstId) return;
  const batch = new WriteBatch(context, "compacting observations");
  for (const stream of memory.streams()) {
    // Where the clock was set back, an earlier round may have come farther than this one.
    if (stream.compactedThroughId >= Math.min(stream.headId, throughId)) continue;
    const chunks = yield* chunksOf(context, stream, throughId, nowMs);
    batch.add(
      () => saveCompacted(context, stream, throughId, chunks),
      () => {
        stream.compactedThroughId = throughId;
      },
    );
    yield;
  }
  batch.flush();
  yield;
  yield* deleteJournal(context, firstId, throughId);
}

/** The chunks that change when the rows of a stream up to an id are compacted. */
function* chunksOf(context: EngineContext, stream: Stream, throughId: number, nowMs: number): Steps<readonly ChunkWrite[]> {
  const { tables } = context;
  const rows = yield* uncompactedRows(context, stream, throughId);
  const keptFromMs = Math.min(tables.meta.get("raw_floor_ms"), stream.fiveMinutesThroughMs);
  const chunks: ChunkWrite[] = [];
  for (const [unitStartMs, added] of Map.groupBy(rows, (row) => unitStart("raw", row.observedAtMs))) {
    if (unitStartMs < keptFromMs) continue;
    const stored = tables.raw.get(stream.id, unitStartMs);
    const all = stored === undefined ? added : [...decodeRawChunk(stored).rows(), ...added].sort(compareRows);
    chunks.push({ table: tables.raw, unitStartMs, body: encodeRawChunk(all) });
    yield;
  }
  const late = rows.filter((row: HistoryRow) => row.observedAtMs < stream.fiveMinutesThroughMs);
  if (late.length > 0) chunks.push(...(yield* lateChunks(context, stream, late, nowMs)));
  return chunks;
}

/** One stream's part of a transaction: its chunks, and that its rows are in them. */
function saveCompacted({ tables }: EngineContext, stream: Stream, throughId: number, chunks: readonly ChunkWrite[]): void {
  for (const { table, unitStartMs, body } of chunks) table.put(stream.id, unitStartMs, body);
  tables.streams.saveCompacted(stream.id, throughId);
  if (stream.facts !== undefined) tables.facts.saveSeen(stream.facts.id, stream.facts.firstSeenMs, stream.facts.lastSeenMs);
}

function* deleteJournal({ tables, transaction }: EngineContext, firstId: number, throughId: number): Steps<void> {
  for (let id = firstId; id <= throughId; id += deletedRows) {
    const lastId = Math.min(throughId, id + deletedRows - 1);
    transaction("dropping compacted observations from the journal", () => tables.journal.removeThrough(lastId));
    yield;
  }
}

/** Id of the last row that was received before a time; 0 when there is none. Rows are in order of arrival. */
function lastIdBefore({ tables }: EngineContext, beforeMs: number): number {
  let low = tables.journal.firstId() ?? 1;
  let high = (tables.journal.lastId() ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((tables.journal.receivedAtMs(middle) ?? 0) < beforeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
