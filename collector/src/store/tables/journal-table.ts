/** The journal: observations in the order of their arrival. It is the truth of what is committed; other tables follow it. */
import type Database from "better-sqlite3";

/** A row. */
export interface JournalRow {
  /** Grows by one from row to row. */
  readonly id: number;
  readonly streamId: number;
  /** The row of the same stream that arrived before; 0 when it is the first. */
  readonly previousId: number;
  readonly epochId: number;
  readonly sequence: number;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  /** Facts that hold for it; null when it has none. */
  readonly factsId: number | null;
  /** The observation in protobuf, without its facts. */
  readonly payload: Uint8Array;
}

/** The table. */
export interface JournalTable {
  insert(row: JournalRow): void;
  get(id: number): JournalRow | undefined;
  /** Rows after an id, in order, at most so many. */
  after(id: number, limit: number): readonly JournalRow[];
  /** Id of the first row; undefined when there is none. */
  firstId(): number | undefined;
  /** Id of the last row; undefined when there is none. */
  lastId(): number | undefined;
  receivedAtMs(id: number): number | undefined;
  removeThrough(id: number): void;
}

/** Prepares its statements. */
export function createJournalTable(database: Database.Database): JournalTable {
  const columns =
    "id, stream_id AS streamId, previous_id AS previousId, epoch_id AS epochId, sequence, observed_at_ms AS observedAtMs, " +
    "received_at_ms AS receivedAtMs, facts_id AS factsId, payload";
  const insert = database.prepare<[number, number, number, number, number, number, number, number | null, Uint8Array]>(
    "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const get = database.prepare<[number], JournalRow>(`SELECT ${columns} FROM journal WHERE id = ?`);
  const after = database.prepare<[number, number], JournalRow>(`SELECT ${columns} FROM journal WHERE id > ? ORDER BY id LIMIT ?`);
  const firstId = database.prepare<[], number | null>("SELECT min(id) FROM journal").pluck();
  const lastId = database.prepare<[], number | null>("SELECT max(id) FROM journal").pluck();
  const receivedAtMs = database.prepare<[number], number>("SELECT received_at_ms FROM journal WHERE id = ?").pluck();
  const removeThrough = database.prepare<[number]>("DELETE FROM journal WHERE id <= ?");
  return {
    insert: (row) =>
      void insert.run(
        row.id,
        row.streamId,
        row.previousId,
        row.epochId,
        row.sequence,
        row.observedAtMs,
        row.receivedAtMs,
        row.factsId,
        row.payload,
      ),
    get: (id) => get.get(id),
    after: (id, limit) => after.all(id, limit),
    firstId: () => firstId.get() ?? undefined,
    lastId: () => lastId.get() ?? undefined,
    receivedAtMs: (id) => receivedAtMs.get(id),
    removeThrough: (id) => void removeThrough.run(id),
  };
}
