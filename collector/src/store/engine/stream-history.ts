/**
 * Reads one stream's history from wherever it lies: roll-ups of hours, of five minutes, chunks of observations, the journal. Each moment is
 * read from one of them only, so that there is neither a seam nor a double.
 */
import { layoutsOfChunk } from "../codec/chunk-frame.ts";
import { compareRows, type HistoryRow } from "../codec/history-row.ts";
import { decodeRawChunk } from "../codec/raw-chunk.ts";
import { decodeRollUpChunk } from "../codec/roll-up-chunk.ts";
import { blockOfRows, type SampleBlock } from "../codec/sample-block.ts";
import { type ChunksTable, type Tier, unitMs, unitStart } from "../tables/chunks-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { lookBackMs } from "./roll-up.ts";
import type { SeriesSet, TimeRange } from "./series-set.ts";
import type { Stream } from "./stream.ts";
import { uncompactedRows } from "./uncompacted-rows.ts";

/** Which times are read from where; together they are the range that was asked for. */
export interface TierRanges {
  readonly hours: TimeRange;
  readonly fiveMinutes: TimeRange;
  readonly raw: TimeRange;
}

/** Fills the set with what the stream observed in a range; gives from where it was read. */
export function* readStreamHistory(
  context: EngineContext,
  set: SeriesSet,
  stream: Stream,
  resolution: Tier,
  range: TimeRange,
): Steps<TierRanges> {
  const { hours, fiveMinutes, raw } = context.tables;
  const rows = yield* journalRows(context, stream);
  // From here to the next yield nothing can move: what is compacted or rolled up meanwhile is seen as it was.
  const ranges = tierRanges(context, stream, resolution, range);
  const hourChunks = wantedChunks(hours, set, stream, ranges.hours);
  const fiveMinuteChunks = wantedChunks(fiveMinutes, set, stream, ranges.fiveMinutes);
  const rawFromMs = ranges.raw.fromMs - lookBackMs(stream);
  const rawChunks = wantedChunks(raw, set, stream, { ...ranges.raw, fromMs: rawFromMs });

  for (const body of hourChunks.values()) {
    set.addRollUp(decodeRollUpChunk(body), ranges.hours);
    yield;
  }
  for (const body of fiveMinuteChunks.values()) {
    set.addRollUp(decodeRollUpChunk(body), ranges.fiveMinutes);
    yield;
  }
  const wantedRows = rows.filter((row) => row.observedAtMs >= rawFromMs && set.wantsLayout(row.layoutId));
  const rowsByHour = Map.groupBy(wantedRows, (row) => unitStart("raw", row.observedAtMs));
  const rawHours = [...new Set([...rawChunks.keys(), ...rowsByHour.keys()])].sort((left, right) => left - right);
  for (const hourMs of rawHours) {
    set.addBlock(blockOfHour(rawChunks.get(hourMs), rowsByHour.get(hourMs)), ranges.raw);
    yield;
  }
  return ranges;
}

/** Rows that no chunk has; read again if the stream was compacted while they were read. */
function* journalRows(context: EngineContext, stream: Stream): Steps<readonly HistoryRow[]> {
  for (;;) {
    const compactedThroughId = stream.compactedThroughId;
    const rows = yield* uncompactedRows(context, stream, Number.POSITIVE_INFINITY);
    if (stream.compactedThroughId === compactedThroughId) return rows;
  }
}

function tierRanges({ tables }: EngineContext, stream: Stream, resolution: Tier, { fromMs, untilMs }: TimeRange): TierRanges {
  const hoursUntilMs = resolution === "1h" ? stream.hoursThroughMs : tables.meta.get("five_minute_floor_ms");
  const fiveMinutesUntilMs = resolution === "raw" ? tables.meta.get("raw_floor_ms") : stream.fiveMinutesThroughMs;
  return {
    hours: { fromMs, untilMs: Math.min(untilMs, hoursUntilMs) },
    fiveMinutes: { fromMs: Math.max(fromMs, hoursUntilMs), untilMs: Math.min(untilMs, fiveMinutesUntilMs) },
    raw: { fromMs: Math.max(fromMs, fiveMinutesUntilMs), untilMs },
  };
}

/** Chunks of a range that have something wanted, by the start of their unit. */
function wantedChunks(
  table: ChunksTable,
  set: SeriesSet,
  stream: Stream,
  { fromMs, untilMs }: TimeRange,
): ReadonlyMap<number, Uint8Array> {
  const chunks = new Map<number, Uint8Array>();
  const firstUnitMs = table.firstUnitMs() ?? Number.POSITIVE_INFINITY;
  for (let unitMsAt = Math.max(unitStart(table.tier, fromMs), firstUnitMs); unitMsAt < untilMs; unitMsAt += unitMs[table.tier]) {
    const body = table.get(stream.id, unitMsAt);
    if (body !== undefined && layoutsOfChunk(body).some((layoutId) => set.wantsLayout(layoutId))) chunks.set(unitMsAt, body);
  }
  return chunks;
}

function blockOfHour(chunk: Uint8Array | undefined, rows: readonly HistoryRow[] = []): SampleBlock {
  if (chunk === undefined) return blockOfRows(rows);
  const decoded = decodeRawChunk(chunk);
  return rows.length === 0 ? decoded : blockOfRows([...decoded.rows(), ...rows].sort(compareRows));
}
