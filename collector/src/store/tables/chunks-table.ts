/** Tables of chunks, all of one form: a unit of time and a stream in one key, time first. */
import type Database from "better-sqlite3";

/** How fine what is in them is. */
export type Tier = "raw" | "5m" | "1h";

/** The units of time by which chunks are cut, in ms: an hour of observations, a day of five minutes, five days of hours. */
export const unitMs: Readonly<Record<Tier, number>> = { raw: 3_600_000, "5m": 86_400_000, "1h": 5 * 86_400_000 };

/** A table of chunks. */
export interface ChunksTable {
  readonly tier: Tier;
  /** The chunk of the unit that starts at a time. */
  get(streamId: number, unitStartMs: number): Uint8Array | undefined;
  /** Start of the first unit that any stream has a chunk of; undefined when there is none. */
  firstUnitMs(): number | undefined;
  put(streamId: number, unitStartMs: number, body: Uint8Array): void;
  /** Drops chunks of units that start before a time, at most so many; returns how many there were. */
  removeBefore(unitStartMs: number, limit: number): number;
}

const tables: Readonly<Record<Tier, string>> = { raw: "raw_chunks", "5m": "five_minute_chunks", "1h": "hour_chunks" };
/** Streams are numbered from 1; 2^32 of them times 2^20 units stay below 2^53. */
const streamLimit = 2 ** 32;

/** Start of the unit of a tier that a time falls into. */
export function unitStart(tier: Tier, atMs: number): number {
  return Math.floor(atMs / unitMs[tier]) * unitMs[tier];
}

/** Prepares its statements. */
export function createChunksTable(database: Database.Database, tier: Tier): ChunksTable {
  const table = tables[tier];
  const get = database.prepare<[number], Uint8Array>(`SELECT body FROM ${table} WHERE key = ?`).pluck();
  const firstKey = database.prepare<[], number | null>(`SELECT min(key) FROM ${table}`).pluck();
  const put = database.prepare<[number, Uint8Array]>(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`);
  const remove = database.prepare<[number, number]>(
    `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table} WHERE key < ? ORDER BY key LIMIT ?)`,
  );
  const keyOf = (unitStartMs: number, streamId: number): number => (unitStartMs / unitMs[tier]) * streamLimit + streamId;
  return {
    tier,
    get: (streamId, unitStartMs) => get.get(keyOf(unitStartMs, streamId)),
    firstUnitMs() {
      const key = firstKey.get() ?? undefined;
      return key === undefined ? undefined : Math.floor(key / streamLimit) * unitMs[tier];
    },
    put: (streamId, unitStartMs, body) => void put.run(keyOf(unitStartMs, streamId), body),
    removeBefore: (unitStartMs, limit) => remove.run(keyOf(unitStartMs, 0), limit).changes,
  };
}
