/** Brings a database to the newest form. */
import { constants, copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { copyName } from "./copy-name.ts";
import type { Migration } from "./migrations.ts";
import { applicationId } from "./verify-database.ts";
import { syncPath } from "./whole-files.ts";

/**
 * Keeps a copy of a database before it is migrated, as `<file>.v<version>`; one that is there already is left. No connection may be open.
 * Returns the copy's name.
 */
export function keepCopy(file: string, version: number): string {
  const copy = copyName(file, version);
  if (existsSync(copy)) return copy;
  checkpoint(file);
  const unfinished = `${copy}.unfinished`;
  try {
    copyFileSync(file, unfinished, constants.COPYFILE_FICLONE);
    syncPath(unfinished);
    renameSync(unfinished, copy);
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    throw thrown;
  }
  return copy;
}

/**
 * Applies the migrations that the database lacks, all in one transaction: where one fails, and where the machine goes down in the middle, the
 * database is as it was, and the version that wrote it goes on with it.
 */
export function migrate(database: Database.Database, migrations: readonly Migration[]): void {
  const version = Number(database.pragma("user_version", { simple: true }));
  if (version >= migrations.length) return;
  const apply = database.transaction(() => {
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.pragma(`application_id = ${applicationId}`);
    database.pragma(`user_version = ${migrations.length}`);
  });
  apply.immediate();
}

/** Everything from the log into the file itself. */
function checkpoint(file: string): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    database.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
