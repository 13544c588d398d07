/** Retention: drops what is past its time. The floors move first, so that a reader never sees half of what is being dropped. */
import { type ChunksTable, unitStart } from "../tables/chunks-table.ts";
import type { MetaName } from "../tables/meta-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { retentionMs } from "./retention.ts";

/** Of the facts of one stream so many are kept: a probe whose facts change all the time must not fill the disk. */
const factsKept = 1000;
/** Of the changes of one node so many are kept: what comes and goes all the time must not fill the disk. */
const changesKept = 10_000;
/** Of the audit so many records are kept of what was done, and as many of what was not: a storm of refusals pushes nothing out but refusals. */
const auditKept = 50_000;
/** Rows that are dropped in one transaction. */
const droppedRows = 200;

/** Drops. Nothing is dropped before it is rolled up. */
export function* retainSteps(context: EngineContext, nowMs: number): Steps<void> {
  const { tables, memory } = context;
  let [fiveMinutesThroughMs, hoursThroughMs] = [nowMs, nowMs];
  for (const stream of memory.streams()) {
    fiveMinutesThroughMs = Math.min(fiveMinutesThroughMs, stream.fiveMinutesThroughMs);
    hoursThroughMs = Math.min(hoursThroughMs, stream.hoursThroughMs);
  }
  yield* dropChunks(context, tables.raw, "raw_floor_ms", Math.min(nowMs - retentionMs.raw, fiveMinutesThroughMs));
  yield* dropChunks(
    context,
    tables.fiveMinutes,
    "five_minute_floor_ms",
    Math.min(nowMs - retentionMs.fiveMinutes, hoursThroughMs),
  );
  yield* dropChunks(context, tables.hours, "hour_floor_ms", nowMs - retentionMs.hours);
  yield* inSlices(context, "dropping old findings", () =>
    tables.findings.removeResolved(nowMs - retentionMs.findings, droppedRows),
  );
  yield* inSlices(context, "dropping old changes", () => tables.changes.removeOld(nowMs - retentionMs.changes, droppedRows));
  yield* inSlices(context, "dropping old audit", () => tables.audit.removeOld(nowMs - retentionMs.audit, droppedRows));
  for (const isDone of [true, false]) {
    yield* inSlices(context, "dropping audit of which there is too much", () =>
      tables.audit.removeBeyond(isDone, auditKept, droppedRows),
    );
  }
  const isNewDay = unitStart("5m", nowMs) > tables.meta.get("pruned_at_ms");
  if (isNewDay) yield* prune(context, nowMs);
}

function* dropChunks(context: EngineContext, table: ChunksTable, floor: MetaName, beforeMs: number): Steps<void> {
  const { meta } = context.tables;
  const floorMs = Math.max(0, unitStart(table.tier, beforeMs));
  if (floorMs <= meta.get(floor)) return;
  context.transaction("moving a floor of retention", () => meta.set(floor, floorMs));
  yield* inSlices(context, "dropping old history", () => table.removeBefore(floorMs, droppedRows));
}

/** Runs `drop` until it has nothing left to drop. */
function* inSlices({ transaction }: EngineContext, attempt: string, drop: () => number): Steps<void> {
  while (transaction(attempt, drop) === droppedRows) yield;
}

/** Once a day: what belongs to nodes, epochs and facts that are long gone. */
function* prune(context: EngineContext, nowMs: number): Steps<void> {
  const { tables, memory, transaction } = context;
  const factsBeforeMs = nowMs - retentionMs.facts;
  const withOldFacts = new Set(tables.facts.streamsWithOld(factsBeforeMs, factsKept));
  for (const stream of [...memory.streams()]) {
    const isGone = stream.lastObservedMs < factsBeforeMs;
    if (!isGone && !withOldFacts.has(stream.id)) continue;
    transaction("dropping old facts", () => {
      if (isGone) tables.streams.remove(stream.id);
      else tables.facts.removeOld(stream.id, factsBeforeMs, factsKept, stream.facts?.id ?? 0);
    });
    if (isGone) memory.forgetStream(stream);
    yield;
  }
  for (const epoch of [...memory.epochs()]) {
    if (epoch.lastUsedMs >= nowMs - retentionMs.epochs) continue;
    transaction("dropping old epochs", () => tables.epochs.remove(epoch.id));
    memory.forgetEpoch(epoch);
    yield;
  }
  for (const node of tables.changes.nodesWithMoreThan(changesKept)) {
    yield* inSlices(context, "dropping changes of which there are too many", () =>
      tables.changes.removeBeyond(node, changesKept, droppedRows),
    );
  }
  transaction("dropping what nothing refers to", () => {
    tables.nodes.removeSilent(nowMs - retentionMs.facts);
    tables.inventories.removeOrphans();
    tables.onboardings.removeOrphans(nowMs - retentionMs.changes);
    tables.layouts.removeUnused(nowMs - retentionMs.layouts);
    tables.meta.set("pruned_at_ms", nowMs);
  });
}
