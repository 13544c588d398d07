/** Writes observations into the journal; what is there already is skipped. */
import { fromBinary } from "@bufbuild/protobuf";
import { FactsSchema } from "@nodekeeper/proto";
import type { CommitEntry, PackedStock } from "../commit-batch.ts";
import type { FactsRow } from "../tables/facts-table.ts";
import type { StoreMemory } from "./store-memory.ts";
import type { StoreTables } from "./store-tables.ts";
import type { SeenFacts, Stream } from "./stream.ts";

/** Says which observations refer to facts that the store does not hold. */
export type ReportMissingFacts = (entry: CommitEntry) => void;

/**
 * Runs inside a transaction. An observation whose facts are missing though its sender promised them is kept without them: its numbers have
 * no names then, but it does not hold up all others for ever.
 */
export function commitObservations(
  tables: StoreTables,
  memory: StoreMemory,
  entries: readonly CommitEntry[],
  reportMissingFacts: ReportMissingFacts,
): void {
  for (const entry of entries) {
    const { sequence, observedAtMs, receivedAtMs, payload, stock } = entry;
    // Also of an observation that is there already: what is remembered here is what the state remembers.
    if (stock !== undefined) saveStock(tables, stock);
    const own = memory.findEpoch(entry.node, entry.epoch);
    const node = own === undefined ? memory.ownerOf(entry.node, entry.epoch) : entry.node;
    const epoch = own ?? memory.findEpoch(node, entry.epoch) ?? memory.createEpoch(node, entry.epoch, receivedAtMs);
    if (epoch.spans.has(sequence)) continue;
    const stream = memory.findStream(node, entry.probe) ?? memory.createStream(node, entry.probe, receivedAtMs);
    const facts = entry.factsHash === "" ? undefined : useFacts(tables, stream, entry);
    if (entry.factsHash !== "" && facts === undefined) reportMissingFacts(entry);
    const id = memory.nextId;
    const keys = { id, streamId: stream.id, previousId: stream.headId, epochId: epoch.id, sequence };
    const row = { ...keys, observedAtMs, receivedAtMs, factsId: facts?.id ?? null, payload };
    tables.journal.insert(row);
    memory.note(row, stream, epoch, entry);
  }
}

/** What is remembered of equipment, in place of what was. Runs inside a transaction. */
export function saveStock(tables: StoreTables, { inventories, changes }: PackedStock): void {
  for (const inventory of inventories) tables.inventories.save(inventory);
  for (const change of changes) tables.changes.insert(change);
}

/** The facts of an entry, which become the stream's; undefined when nobody has them. */
function useFacts(tables: StoreTables, stream: Stream, entry: CommitEntry): SeenFacts | undefined {
  const { factsHash, observedAtMs } = entry;
  const current = stream.facts;
  if (current?.hash === factsHash) {
    current.firstSeenMs = Math.min(current.firstSeenMs, observedAtMs);
    current.lastSeenMs = Math.max(current.lastSeenMs, observedAtMs);
    return current;
  }
  const row = tables.facts.find(stream.id, factsHash) ?? insertFacts(tables, stream, entry);
  if (row === undefined) return undefined;
  if (current !== undefined) tables.facts.saveSeen(current.id, current.firstSeenMs, current.lastSeenMs);
  const { id, layoutId } = row;
  const firstSeenMs = Math.min(row.firstSeenMs, observedAtMs);
  const lastSeenMs = Math.max(row.lastSeenMs, observedAtMs);
  stream.facts = { id, hash: factsHash, layoutId, firstSeenMs, lastSeenMs };
  return stream.facts;
}

function insertFacts({ facts, layouts }: StoreTables, stream: Stream, entry: CommitEntry): FactsRow | undefined {
  if (entry.facts === undefined) return undefined;
  const layoutId = layouts.idOf(fromBinary(FactsSchema, entry.facts).sampleKeys, entry.receivedAtMs);
  return facts.insert(stream.id, entry.factsHash, layoutId, entry.observedAtMs, entry.facts);
}
