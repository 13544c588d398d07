/** Layouts: what the sample values of an observation mean, by position. Equal ones are stored once, whatever node they are of. */
import { createHash } from "node:crypto";
import { AppError } from "@nodekeeper/shared";
import type Database from "better-sqlite3";
import { compressSmall, decompressSmall } from "../codec/compression.ts";

/** What one value means. */
export interface SeriesKey {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** The table. */
export interface LayoutsTable {
  /** Id of a layout that is used now, which is stored where it is new; 0 for the empty one. */
  idOf(keys: readonly SeriesKey[], nowMs: number): number;
  /** Keys of a layout; none for 0. */
  keysOf(id: number): readonly SeriesKey[];
  /** Drops layouts that were last used before a time and that no facts refer to. */
  removeUnused(beforeMs: number): void;
  /** Forgets what it remembered: after a transaction was rolled back. */
  forget(): void;
}

/** Layouts that are kept in memory; past it all are dropped and read again as needed. */
const remembered = 20_000;
/** The time of last use is not written more often. */
const usePrecisionMs = 86_400_000;

/** Prepares its statements. */
export function createLayoutsTable(database: Database.Database): LayoutsTable {
  const find = database.prepare<[Uint8Array], { readonly id: number; readonly lastUsedMs: number }>(
    "SELECT id, last_used_ms AS lastUsedMs FROM layouts WHERE hash = ?",
  );
  const select = database.prepare<[number], Uint8Array>("SELECT keys FROM layouts WHERE id = ?").pluck();
  const insert = database.prepare<[Uint8Array, Uint8Array, number]>(
    "INSERT INTO layouts (hash, keys, last_used_ms) VALUES (?, ?, ?)",
  );
  const touch = database.prepare<[number, number]>("UPDATE layouts SET last_used_ms = ? WHERE id = ?");
  const removeUnused = database.prepare<[number]>(
    "DELETE FROM layouts WHERE last_used_ms < ? AND id NOT IN (SELECT layout_id FROM facts)",
  );
  const keysById = new Map<number, readonly SeriesKey[]>();

  return {
    idOf(keys, nowMs) {
      if (keys.length === 0) return 0;
      const text = JSON.stringify(keys.map(({ kind, id, name }) => [kind, id, name]));
      const hash = hashOfLayout(text);
      const known = find.get(hash);
      if (known === undefined) return Number(insert.run(hash, compressSmall(Buffer.from(text)), nowMs).lastInsertRowid);
      if (known.lastUsedMs < nowMs - usePrecisionMs) touch.run(nowMs, known.id);
      return known.id;
    },
    keysOf(id) {
      if (id === 0) return [];
      const known = keysById.get(id);
      if (known !== undefined) return known;
      const stored = select.get(id);
      if (stored === undefined)
        throw new AppError("STORE_CORRUPT", `the database lacks layout ${id}, which its history refers to`);
      // We wrote it ourselves, above.
      const words = JSON.parse(Buffer.from(decompressSmall(stored)).toString()) as [string, string, string][];
      const keys = words.map(([kind, subject, name]) => ({ kind, id: subject, name }));
      if (keysById.size >= remembered) keysById.clear();
      keysById.set(id, keys);
      return keys;
    },
    removeUnused(beforeMs) {
      removeUnused.run(beforeMs);
      keysById.clear();
    },
    forget: () => keysById.clear(),
  };
}

/** The hash under which a layout is stored, of its keys as they are before they are compressed. */
export function hashOfLayout(keys: string | Uint8Array): Buffer {
  return createHash("sha256").update(keys).digest().subarray(0, 16);
}
