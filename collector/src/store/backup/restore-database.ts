/** Puts a backup in the place of a database, which is kept aside. Nobody may hold the database meanwhile. */
import { copyFileSync, existsSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { toCommandError, toStoreError } from "../database/database-error.ts";
import { restoredName } from "../database/database-file.ts";
import { migrate } from "../database/migrate.ts";
import { migrations } from "../database/migrations.ts";
import { replaceDatabase } from "../database/replace-database.ts";
import { verifyDatabase } from "../database/verify-database.ts";
import { removeDatabase, syncPath } from "../database/whole-files.ts";
import type { NewAuditRecord } from "../store.ts";
import { createAuditTable } from "../tables/audit-table.ts";

/** What was restored. */
export interface Restored {
  /** Where the database lies that was there before; undefined when there was none. */
  readonly keptAside: string | undefined;
  readonly nodeCount: number;
  /** When the newest of its observations was received; undefined when it has none. */
  readonly newestAtMs: number | undefined;
}

/** A database may lie beside its log where it was copied by hand. */
const suffixes = ["", "-wal"];

/** Throws before anything is changed where the backup is not whole, not ours or too new. Takes as much room again as the backup. */
export function restoreDatabase(file: string, from: string, nowMs: number): Restored {
  requireSource(file, from);
  const restored = restoredName(file);
  removeDatabase(restored);
  try {
    for (const suffix of suffixes) if (existsSync(from + suffix)) copyFileSync(from + suffix, restored + suffix);
    const content = verify(restored, from, nowMs);
    syncPath(restored);
    return { ...content, keptAside: replaceDatabase(file, restored, "replaced", nowMs) };
  } catch (thrown) {
    removeDatabase(restored);
    throw toCommandError(thrown, "restoring a backup", file);
  }
}

function requireSource(file: string, from: string): void {
  const problem = !existsSync(from) ? "is not there" : resolve(from) === resolve(file) ? "is the database itself" : undefined;
  if (problem === undefined) return;
  throw new AppError("CONFIG_INVALID", `--from: ${from} ${problem}; expected a file that a backup wrote`, { context: { from } });
}

/** Whole, ours, in the newest form, and of one file: its log, where it came with one, is worked in. Its audit says where it came from. */
function verify(restored: string, from: string, nowMs: number): Omit<Restored, "keptAside"> {
  try {
    const version = verifyDatabase(restored, migrations.length, "whole");
    if (version === 0) throw new AppError("STORE_CORRUPT", "it is empty", { context: { reason: "it is empty" } });
    const database = new Database(restored, { fileMustExist: true });
    try {
      database.pragma("journal_mode = DELETE");
      migrate(database, migrations);
      const content = readContent(database);
      createAuditTable(database).insert(auditRecord(from, content.newestAtMs, nowMs));
      return content;
    } finally {
      database.close();
    }
  } catch (thrown) {
    const error = toStoreError(thrown, "looking at the backup", from);
    if (error.code === "STORE_TOO_NEW") throw new AppError(error.code, error.message.replace(restored, from), { cause: thrown });
    if (error.code !== "STORE_CORRUPT") throw error;
    const reason = String(error.context["reason"]);
    throw new AppError("STORE_CORRUPT", `${from} cannot be restored: ${reason}. Nothing was changed; choose another backup`, {
      cause: thrown,
      context: { from, reason },
    });
  }
}

function auditRecord(from: string, newestAtMs: number | undefined, nowMs: number): NewAuditRecord {
  const last = newestAtMs === undefined ? "no observations" : `observations up to ${new Date(newestAtMs).toISOString()}`;
  return {
    ...{ at: new Date(nowMs).toISOString(), actor: { kind: "local", name: "" }, action: "database.restore", outcome: "done" },
    target: { kind: "database", name: "" },
    detail: `from ${from}, which has ${last}: what was acknowledged after that is lost unless its agent still held it`,
  };
}

function readContent(database: Database.Database): Omit<Restored, "keptAside"> {
  const nodeCount = Number(database.prepare("SELECT count(*) FROM nodes").pluck().get());
  const newest = database
    .prepare<[], number | null>(
      "SELECT max(coalesce((SELECT max(received_at_ms) FROM journal), 0), coalesce((SELECT max(received_at_ms) FROM latest), 0))",
    )
    .pluck()
    .get();
  return { nodeCount, newestAtMs: newest === null || newest === undefined || newest === 0 ? undefined : newest };
}
