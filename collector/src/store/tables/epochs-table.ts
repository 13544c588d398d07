/** Epochs of nodes with the sequence numbers that are committed. */
import type Database from "better-sqlite3";

/** A row. */
export interface EpochRow {
  readonly id: number;
  readonly node: string;
  readonly epoch: string;
  /** As SequenceSpans writes them. */
  readonly spans: Uint8Array;
  readonly lastUsedMs: number;
}

/** The table. */
export interface EpochsTable {
  /** Returns its id. */
  insert(node: string, epoch: string, lastUsedMs: number): number;
  save(id: number, spans: Uint8Array, lastUsedMs: number): void;
  rename(id: number, node: string): void;
  list(): readonly EpochRow[];
  remove(id: number): void;
}

/** Prepares its statements. */
export function createEpochsTable(database: Database.Database): EpochsTable {
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO epochs (node, epoch, spans, last_used_ms) VALUES (?, ?, x'', ?)",
  );
  const update = database.prepare<[Uint8Array, number, number]>("UPDATE epochs SET spans = ?, last_used_ms = ? WHERE id = ?");
  const rename = database.prepare<[string, number]>("UPDATE epochs SET node = ? WHERE id = ?");
  const select = database.prepare<[], EpochRow>("SELECT id, node, epoch, spans, last_used_ms AS lastUsedMs FROM epochs");
  const remove = database.prepare<[number]>("DELETE FROM epochs WHERE id = ?");
  return {
    insert: (node, epoch, lastUsedMs) => Number(insert.run(node, epoch, lastUsedMs).lastInsertRowid),
    save: (id, spans, lastUsedMs) => void update.run(spans, lastUsedMs, id),
    rename: (id, node) => void rename.run(node, id),
    list: () => select.all(),
    remove: (id) => void remove.run(id),
  };
}
