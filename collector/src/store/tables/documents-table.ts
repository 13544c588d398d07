/** Small documents by kind and id: what people decided about findings, what was told to whom. The table does not look into them. */
import type Database from "better-sqlite3";

/** One document. */
export interface DocumentRow {
  readonly kind: string;
  readonly id: string;
  readonly changedMs: number;
  /** JSON of an object. */
  readonly body: string;
}

/** Where a document stands. */
export type DocumentPlace = Pick<DocumentRow, "kind" | "id">;

/** What is written together. */
export interface DocumentChanges {
  readonly put: readonly DocumentRow[];
  readonly removed: readonly DocumentPlace[];
}

/** The table. */
export interface DocumentsTable {
  /** In place of what was there before. */
  save(row: DocumentRow): void;
  remove(place: DocumentPlace): void;
  /** Of a kind, in the order of ids, those after an id, at most so many. */
  page(after: DocumentPlace, limit: number): readonly DocumentRow[];
}

/** Prepares its statements. */
export function createDocumentsTable(database: Database.Database): DocumentsTable {
  const upsert = database.prepare<DocumentRow>("INSERT OR REPLACE INTO documents VALUES (@kind, @id, @changedMs, @body)");
  const remove = database.prepare<DocumentPlace>("DELETE FROM documents WHERE kind = @kind AND id = @id");
  const page = database.prepare<[string, string, number], DocumentRow>(
    "SELECT kind, id, changed_ms AS changedMs, body FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?",
  );
  return {
    save: (row) => void upsert.run(row),
    remove: (place) => void remove.run(place),
    page: ({ kind, id }, limit) => page.all(kind, id, limit),
  };
}
