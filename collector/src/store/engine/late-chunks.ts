/** Merges observations that came after their day was rolled up into the roll-ups. */

import type { HistoryRow } from "../codec/history-row.ts";
import { decodeRollUpChunk, encodeRollUpChunk, type RollUpChunk } from "../codec/roll-up-chunk.ts";
import { blockOfRows } from "../codec/sample-block.ts";
import { cutSeries, mergeSeries } from "../series/merge-series.ts";
import { type ChunksTable, unitMs, unitStart } from "../tables/chunks-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { stepMsOf } from "./roll-up.ts";
import { type NamedSeries, SeriesSet } from "./series-set.ts";
import type { Stream } from "./stream.ts";

/** A chunk that is ready to be written. */
export interface ChunkWrite {
  readonly table: ChunksTable;
  readonly unitStartMs: number;
  readonly body: Uint8Array;
}

/** The chunks of roll-ups that change; `rows` are in order of time and before the stream's last roll-up. */
export function* lateChunks(
  context: EngineContext,
  stream: Stream,
  rows: readonly HistoryRow[],
  nowMs: number,
): Steps<readonly ChunkWrite[]> {
  const { tables } = context;
  const block = blockOfRows(rows);
  const always = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
  const writes: ChunkWrite[] = [];
  for (const [table, throughMs, floorMs] of [
    [tables.fiveMinutes, stream.fiveMinutesThroughMs, tables.meta.get("five_minute_floor_ms")],
    [tables.hours, stream.hoursThroughMs, tables.meta.get("hour_floor_ms")],
  ] as const) {
    const set = new SeriesSet(tables.layouts, { stepMs: stepMsOf(table.tier) });
    set.addBlock(block, { ...always, untilMs: throughMs });
    const units = new Set(rows.map((row) => unitStart(table.tier, row.observedAtMs)));
    for (const unitStartMs of units) {
      if (unitStartMs >= throughMs || unitStartMs < floorMs) continue;
      const added = set
        .series()
        .map(({ key, series }) => ({ key, series: cutSeries(series, unitStartMs, unitStartMs + unitMs[table.tier]) }));
      const merged = mergeIntoChunk(context, table, stream, unitStartMs, added, nowMs);
      writes.push({ table, unitStartMs, body: encodeRollUpChunk(merged) });
      yield;
    }
  }
  return writes;
}

function mergeIntoChunk(
  { tables, transaction }: EngineContext,
  table: ChunksTable,
  stream: Stream,
  unitStartMs: number,
  added: readonly NamedSeries[],
  nowMs: number,
): RollUpChunk {
  const stored = table.get(stream.id, unitStartMs);
  const existing = stored === undefined ? undefined : decodeRollUpChunk(stored);
  const merged = new Map<string, NamedSeries>();
  for (const [position, key] of tables.layouts.keysOf(existing?.layoutId ?? 0).entries()) {
    const series = existing?.series[position];
    if (series !== undefined) merged.set(JSON.stringify(key), { key, series });
  }
  for (const { key, series } of added) {
    const before = merged.get(JSON.stringify(key));
    merged.set(JSON.stringify(key), {
      key,
      series: before === undefined ? series : mergeSeries(before.series, series, stepMsOf(table.tier)),
    });
  }
  const all = [...merged.values()];
  const layoutId = transaction("writing what values mean", () =>
    tables.layouts.idOf(
      all.map(({ key }) => key),
      nowMs,
    ),
  );
  return { layoutId, series: all.map(({ series }) => series) };
}
