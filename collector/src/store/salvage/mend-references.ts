/** Makes a new database of salvaged rows whole in itself: what refers to lost rows goes, and what the engine counts on is set right. */
import type Database from "better-sqlite3";
import { layoutsOfChunk } from "../codec/chunk-frame.ts";

/**
 * Rows that mean nothing, or worse, would come to mean something else as soon as the number they refer to is given out again. In this order:
 * each may orphan those after it.
 */
const orphans: readonly (readonly [table: string, where: string])[] = [
  ["facts", "stream_id NOT IN (SELECT id FROM streams)"],
  ["facts", "layout_id <> 0 AND layout_id NOT IN (SELECT id FROM layouts)"],
  ["facts", "id NOT IN (SELECT facts_id FROM facts_bodies)"],
  ["facts_bodies", "facts_id NOT IN (SELECT id FROM facts)"],
  ["journal", "stream_id NOT IN (SELECT id FROM streams)"],
  ["journal", "epoch_id NOT IN (SELECT id FROM epochs)"],
  ["journal", "facts_id IS NOT NULL AND facts_id NOT IN (SELECT id FROM facts)"],
  ["latest", "id / 2 NOT IN (SELECT id FROM streams)"],
  ["latest", "facts_id IS NOT NULL AND facts_id NOT IN (SELECT id FROM facts)"],
];
const chunkTables = ["raw_chunks", "five_minute_chunks", "hour_chunks"];
const streamLimit = 2 ** 32;

/** Drops and mends; returns how many rows of each table were dropped. `tables` are those of the form that was salvaged. */
export function mendReferences(database: Database.Database, tables: ReadonlySet<string>): ReadonlyMap<string, number> {
  const dropped = new Map<string, number>();
  const note = (table: string, count: number): void => void dropped.set(table, (dropped.get(table) ?? 0) + count);
  database.transaction(() => {
    for (const [table, where] of orphans) {
      if (tables.has(table)) note(table, database.prepare(`DELETE FROM ${table} WHERE ${where}`).run().changes);
    }
    for (const table of chunkTables) note(table, dropNamelessChunks(database, table));
    chainJournal(database);
    mendNumbers(database);
  })();
  return dropped;
}

/** Chunks of streams that are lost, and those with numbers of which nobody knows any more what they are. */
function dropNamelessChunks(database: Database.Database, table: string): number {
  const layouts = new Set(database.prepare<[], number>("SELECT id FROM layouts").pluck().all()).add(0);
  const streams = new Set(database.prepare<[], number>("SELECT id FROM streams").pluck().all());
  const rows = database.prepare<[], { readonly key: number; readonly head: Uint8Array }>(
    `SELECT key, body AS head FROM ${table}`,
  );
  const nameless: number[] = [];
  for (const { key, head } of rows.iterate()) {
    if (!streams.has(key % streamLimit) || layoutsOfChunk(head).some((id) => !layouts.has(id))) nameless.push(key);
  }
  const remove = database.prepare<[number]>(`DELETE FROM ${table} WHERE key = ?`);
  for (const key of nameless) remove.run(key);
  return nameless.length;
}

/** Each row of the journal names the one before it of the same stream: around lost rows the chain is closed again. */
function chainJournal(database: Database.Database): void {
  database.exec(`
    UPDATE journal SET previous_id = chain.previous FROM (
      SELECT id, coalesce(lag(id) OVER (PARTITION BY stream_id ORDER BY id), 0) AS previous FROM journal
    ) AS chain WHERE chain.id = journal.id AND chain.previous <> journal.previous_id;
    UPDATE streams SET head_id = coalesce((SELECT max(id) FROM journal WHERE stream_id = streams.id), head_id)`);
}

/**
 * The journal goes on after the highest number that anything knows: a number given out twice would count as compacted already. Where the
 * mark of folding is lost, all of the journal is folded once more, which changes nothing.
 */
function mendNumbers(database: Database.Database): void {
  const highest = Number(
    database.prepare("SELECT max(coalesce(max(head_id), 0), coalesce(max(compacted_through_id), 0)) FROM streams").pluck().get(),
  );
  const lastRow = Number(database.prepare("SELECT coalesce(max(id), 0) FROM journal").pluck().get());
  if (lastRow >= highest) return;
  database
    .prepare("INSERT INTO meta VALUES ('folded_through_id', ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)")
    .run(highest);
}
