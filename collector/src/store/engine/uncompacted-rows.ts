/** The rows of a stream that are still in the journal. */
import { fromBinary } from "@bufbuild/protobuf";
import { ObservationSchema } from "@nodekeeper/proto";
import { compareRows, type HistoryRow } from "../codec/history-row.ts";
import type { JournalRow } from "../tables/journal-table.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import type { Stream } from "./stream.ts";

/** Facts of a row, as far as its history needs them. */
interface RowFacts {
  readonly hash: string;
  readonly layoutId: number;
  readonly valueCount: number;
}

const noFacts: RowFacts = { hash: "", layoutId: 0, valueCount: 0 };
/** Rows between two yields. */
const stepRows = 50;

/** Follows the chain of a stream from its head back to what is compacted; gives the rows up to an id, in order of time. */
export function* uncompactedRows(context: EngineContext, stream: Stream, throughId: number): Steps<readonly HistoryRow[]> {
  const { tables, memory } = context;
  const known = new Map<number, RowFacts>();
  const rows: HistoryRow[] = [];
  let visited = 0;
  let id = stream.headId;
  while (id > stream.compactedThroughId) {
    const row = tables.journal.get(id);
    if (row === undefined) break;
    if (id <= throughId) {
      const facts = row.factsId === null ? noFacts : (known.get(row.factsId) ?? readFacts(context, row.factsId));
      if (row.factsId !== null) known.set(row.factsId, facts);
      rows.push(historyRow(row, memory.epochName(row.epochId), facts));
    }
    id = row.previousId;
    visited += 1;
    if (visited % stepRows === 0) yield;
  }
  return rows.sort(compareRows);
}

function readFacts({ tables }: EngineContext, factsId: number): RowFacts {
  const row = tables.facts.get(factsId);
  if (row === undefined) return noFacts; // Pruned: its values have no names any more.
  return { hash: row.hash, layoutId: row.layoutId, valueCount: tables.layouts.keysOf(row.layoutId).length };
}

function historyRow(row: JournalRow, epoch: string, facts: RowFacts): HistoryRow {
  const observation = fromBinary(ObservationSchema, row.payload);
  const { failure, sampleValues } = observation;
  return {
    epoch,
    sequence: row.sequence,
    observedAtMs: row.observedAtMs,
    receivedAtMs: row.receivedAtMs,
    observedAtUnixMs: Number(observation.observedAtUnixMs),
    uptimeMs: Number(observation.uptimeMs),
    isFromEarlierBoot: observation.isFromEarlierBoot,
    intervalMs: observation.intervalMs,
    durationMs: observation.durationMs,
    outcome: observation.outcome,
    failure: failure === undefined ? undefined : { code: failure.code, message: failure.message },
    factsHash: facts.hash,
    layoutId: facts.layoutId,
    values: Float64Array.from(sampleValues.slice(0, facts.valueCount)), // A value beyond the keys has no meaning.
  };
}
