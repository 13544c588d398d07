/** A stream as the database remembers it. */
import type { StreamRow } from "../tables/streams-table.ts";
import type { ObservationMark, SeenFacts, Stream } from "./stream.ts";

/** Puts what three tables say of a stream together. */
export function streamOfRow(row: StreamRow): Stream {
  return {
    id: row.id,
    node: row.node,
    probe: row.probe,
    headId: row.headId,
    compactedThroughId: row.compactedThroughId,
    fiveMinutesThroughMs: row.fiveMinutesThroughMs,
    hoursThroughMs: row.hoursThroughMs,
    facts: factsOf(row),
    succeeded: markOf(row.succeededEpoch, row.succeededSequence, row.succeededAtMs),
    other: markOf(row.otherEpoch, row.otherSequence, row.otherAtMs),
    lastObservedMs: Math.max(row.succeededAtMs ?? 0, row.otherAtMs ?? 0),
    intervalMs: row.intervalMs ?? 0,
  };
}

function factsOf({ factsId: id, factsHash: hash, layoutId, firstSeenMs, lastSeenMs }: StreamRow): SeenFacts | undefined {
  const isWhole = id !== null && hash !== null && layoutId !== null && firstSeenMs !== null && lastSeenMs !== null;
  return isWhole ? { id, hash, layoutId, firstSeenMs, lastSeenMs } : undefined;
}

function markOf(epoch: string | null, sequence: number | null, observedAtMs: number | null): ObservationMark | undefined {
  return epoch === null || sequence === null || observedAtMs === null ? undefined : { epoch, sequence, observedAtMs };
}
