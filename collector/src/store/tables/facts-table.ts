/** Facts of streams, each body once. */
import type Database from "better-sqlite3";
import { compressSmall, decompressSmall } from "../codec/compression.ts";

/** A row without its body. */
export interface FactsRow {
  readonly id: number;
  /** Hex. */
  readonly hash: string;
  readonly layoutId: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** The table. */
export interface FactsTable {
  find(streamId: number, hash: string): FactsRow | undefined;
  get(id: number): FactsRow | undefined;
  insert(streamId: number, hash: string, layoutId: number, seenAtMs: number, body: Uint8Array): FactsRow;
  saveSeen(id: number, firstSeenMs: number, lastSeenMs: number): void;
  /** Streams of which `removeOld` may drop something. */
  streamsWithOld(beforeMs: number, keepCount: number): readonly number[];
  /** Drops what was last seen before a time and, of each stream, what is beyond the newest so many. */
  removeOld(streamId: number, beforeMs: number, keepCount: number, currentId: number): void;
}

/** Up to it compressing costs more time than the bytes are worth. */
const smallBytes = 512;
/** First byte of a stored body. */
const plainForm = 0;
const compressedForm = 1;

/** Prepares its statements. */
export function createFactsTable(database: Database.Database): FactsTable {
  const columns = "id, lower(hex(hash)) AS hash, layout_id AS layoutId, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs";
  const find = database.prepare<[number, Uint8Array], FactsRow>(`SELECT ${columns} FROM facts WHERE stream_id = ? AND hash = ?`);
  const get = database.prepare<[number], FactsRow>(`SELECT ${columns} FROM facts WHERE id = ?`);
  const insert = database.prepare<[number, Uint8Array, number, number, number]>(
    "INSERT INTO facts (stream_id, hash, layout_id, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?, ?)",
  );
  const insertBody = database.prepare<[number, Uint8Array]>("INSERT INTO facts_bodies VALUES (?, ?)");
  const saveSeen = database.prepare<[number, number, number]>(
    "UPDATE facts SET first_seen_ms = ?, last_seen_ms = ? WHERE id = ?",
  );
  const streamsWithOld = database
    .prepare<[number, number], number>(
      "SELECT stream_id FROM facts GROUP BY stream_id HAVING min(last_seen_ms) < ? OR count(*) > ?",
    )
    .pluck();
  const removeOld = database.prepare<[number, number, number, number, number]>(
    `DELETE FROM facts WHERE stream_id = ? AND id <> ? AND (last_seen_ms < ?
       OR id NOT IN (SELECT id FROM facts WHERE stream_id = ? ORDER BY last_seen_ms DESC LIMIT ?))`,
  );
  return {
    find: (streamId, hash) => find.get(streamId, Buffer.from(hash, "hex")),
    get: (id) => get.get(id),
    insert(streamId, hash, layoutId, seenAtMs, body) {
      const id = Number(insert.run(streamId, Buffer.from(hash, "hex"), layoutId, seenAtMs, seenAtMs).lastInsertRowid);
      insertBody.run(id, encodeFactsBody(body));
      return { id, hash, layoutId, firstSeenMs: seenAtMs, lastSeenMs: seenAtMs };
    },
    saveSeen: (id, firstSeenMs, lastSeenMs) => void saveSeen.run(firstSeenMs, lastSeenMs, id),
    streamsWithOld: (beforeMs, keepCount) => streamsWithOld.all(beforeMs, keepCount),
    removeOld: (streamId, beforeMs, keepCount, currentId) =>
      void removeOld.run(streamId, currentId, beforeMs, streamId, keepCount),
  };
}

/** A body as it was inserted. */
export function decodeFactsBody(stored: Uint8Array): Uint8Array {
  const rest = stored.subarray(1);
  return stored[0] === compressedForm ? decompressSmall(rest) : rest;
}

function encodeFactsBody(body: Uint8Array): Uint8Array {
  const isSmall = body.length <= smallBytes;
  return Buffer.concat([Uint8Array.of(isSmall ? plainForm : compressedForm), isSmall ? body : compressSmall(body)]);
}
