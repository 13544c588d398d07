/** Roll-ups: a day of observations becomes points of five minutes, five days of those become points of hours. */
import { staleAtMs } from "../../state/freshness.ts";
import { decodeRawChunk } from "../codec/raw-chunk.ts";
import { decodeRollUpChunk, encodeRollUpChunk } from "../codec/roll-up-chunk.ts";
import { type Tier, unitMs, unitStart } from "../tables/chunks-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { retentionMs } from "./retention.ts";
import { SeriesSet, type TimeRange } from "./series-set.ts";
import type { Stream } from "./stream.ts";
import { WriteBatch } from "./write-batch.ts";

/** A unit is rolled up so long after its end: by then what was under way at its end has arrived and is compacted. */
const delayMs = 2 * 3_600_000;

/** Width of the points of a tier, in ms; 0 for raw: a point for each observation. */
export function stepMsOf(tier: Tier): number {
  return { raw: 0, "5m": 300_000, "1h": 3_600_000 }[tier];
}

/** How far before a time a reading may lie that still gives the first rate after it, in whole hours of chunks. */
export function lookBackMs(stream: Stream): number {
  const promisedMs = staleAtMs(0, stream.intervalMs);
  return Math.min(24, Math.max(1, Math.ceil(promisedMs / unitMs.raw))) * unitMs.raw;
}

/** Rolls up every unit that is over. */
export function* rollUpSteps(context: EngineContext, nowMs: number): Steps<void> {
  const { memory, tables } = context;
  const overMs = nowMs - delayMs;
  const days = new WriteBatch(context, "rolling up five minutes");
  for (const stream of memory.streams()) {
    // What is older than any roll-up that is kept is not worth a look.
    let throughMs = Math.max(stream.fiveMinutesThroughMs, unitStart("5m", nowMs - retentionMs.hours));
    for (; throughMs + unitMs["5m"] <= overMs; throughMs += unitMs["5m"]) {
      const dayStartMs = throughMs;
      yield;
      const body = yield* rollUpDay(context, stream, dayStartMs, nowMs);
      if (body !== undefined) days.add(() => tables.fiveMinutes.put(stream.id, dayStartMs, body));
    }
    if (throughMs === stream.fiveMinutesThroughMs) continue;
    days.add(
      () => tables.streams.saveRolledUp(stream.id, throughMs, stream.hoursThroughMs),
      () => {
        stream.fiveMinutesThroughMs = throughMs;
      },
    );
    yield;
  }
  days.flush();
  yield* rollUpHours(context, overMs, nowMs);
}

function* rollUpHours(context: EngineContext, overMs: number, nowMs: number): Steps<void> {
  const { memory, tables } = context;
  const batch = new WriteBatch(context, "rolling up hours");
  for (const stream of memory.streams()) {
    let throughMs = Math.max(stream.hoursThroughMs, unitStart("1h", nowMs - retentionMs.hours));
    for (; throughMs + unitMs["1h"] <= Math.min(overMs, stream.fiveMinutesThroughMs); throughMs += unitMs["1h"]) {
      const unitStartMs = throughMs;
      const body = yield* rollUpFiveDays(context, stream, unitStartMs, nowMs);
      if (body !== undefined) batch.add(() => tables.hours.put(stream.id, unitStartMs, body));
    }
    if (throughMs === stream.hoursThroughMs) continue;
    batch.add(
      () => tables.streams.saveRolledUp(stream.id, stream.fiveMinutesThroughMs, throughMs),
      () => {
        stream.hoursThroughMs = throughMs;
      },
    );
    yield;
  }
  batch.flush();
}

/** The points of a day as a chunk; undefined when nothing was observed. */
function* rollUpDay(context: EngineContext, stream: Stream, dayStartMs: number, nowMs: number): Steps<Uint8Array | undefined> {
  if (stream.lastObservedMs < dayStartMs) return undefined;
  const { raw, layouts } = context.tables;
  const set = new SeriesSet(layouts, { stepMs: stepMsOf("5m") });
  const range = { fromMs: dayStartMs, untilMs: dayStartMs + unitMs["5m"] };
  for (let hourMs = dayStartMs - lookBackMs(stream); hourMs < range.untilMs; hourMs += unitMs.raw) {
    const stored = raw.get(stream.id, hourMs);
    if (stored === undefined) continue;
    set.addBlock(decodeRawChunk(stored), range);
    yield;
  }
  return encodeSet(context, set, nowMs);
}

function* rollUpFiveDays(
  context: EngineContext,
  stream: Stream,
  unitStartMs: number,
  nowMs: number,
): Steps<Uint8Array | undefined> {
  const { fiveMinutes, layouts } = context.tables;
  const set = new SeriesSet(layouts, { stepMs: stepMsOf("1h") });
  const range: TimeRange = { fromMs: unitStartMs, untilMs: unitStartMs + unitMs["1h"] };
  for (let dayMs = unitStartMs; dayMs < range.untilMs; dayMs += unitMs["5m"]) {
    const stored = fiveMinutes.get(stream.id, dayMs);
    if (stored === undefined) continue;
    set.addRollUp(decodeRollUpChunk(stored), range);
    yield;
  }
  return encodeSet(context, set, nowMs);
}

function encodeSet({ tables, transaction }: EngineContext, set: SeriesSet, nowMs: number): Uint8Array | undefined {
  const all = set.series();
  if (all.length === 0) return undefined;
  const keys = all.map(({ key }) => key);
  const layoutId = transaction("writing what values mean", () => tables.layouts.idOf(keys, nowMs));
  return encodeRollUpChunk({ layoutId, series: all.map(({ series }) => series) });
}
