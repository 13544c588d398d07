/** Single numbers by name. */
import type Database from "better-sqlite3";

/** What is kept. */
export type MetaName =
  /** Rows of the journal up to it are reflected in streams, epochs and latest. */
  | "folded_through_id"
  /** Before it raw observations are dropped. */
  | "raw_floor_ms"
  /** Before it roll-ups of five minutes are dropped. */
  | "five_minute_floor_ms"
  /** Before it roll-ups of hours are dropped. */
  | "hour_floor_ms"
  /** When nodes, epochs and facts that are long gone were last dropped. */
  | "pruned_at_ms";

/** The table. */
export interface MetaTable {
  /** 0 when it was never set. */
  get(name: MetaName): number;
  set(name: MetaName, value: number): void;
}

/** Prepares its statements. */
export function createMetaTable(database: Database.Database): MetaTable {
  const select = database.prepare<[string], number>("SELECT value FROM meta WHERE name = ?").pluck();
  const upsert = database.prepare<[string, number]>(
    "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  return {
    get: (name) => select.get(name) ?? 0,
    set: (name, value) => void upsert.run(name, value),
  };
}
