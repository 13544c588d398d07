/** Brings a database to the newest form. */
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { Migration } from "./migrations.ts";
import { applicationId } from "./verify-database.ts";

/**
 * Keeps a copy of a database before it is migrated, as `<file>.v<version>`; one that is there already is left. No connection may be open.
 * Returns the copy's name.
 */
export function keepCopy(file: string, version: number): string {
  const copy = `${file}.v${version}`;
  if (existsSync(copy)) return copy;
  checkpoint(file);
  const unfinished = `${copy}.unfinished`;
  try {
    copyFileSync(file, unfinished, constants.COPYFILE_FICLONE);
    const descriptor = openSync(unfinished, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(unfinished, copy);
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    throw thrown;
  }
  return copy;
}

/** Applies the migrations that the database lacks, each in a transaction. */
export function migrate(database: Database.Database, migrations: readonly Migration[]): void {
  const version = Number(database.pragma("user_version", { simple: true }));
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    const apply = database.transaction(() => {
      database.exec(sql);
      database.pragma(`application_id = ${applicationId}`);
      database.pragma(`user_version = ${index + 1}`);
    });
    apply.immediate();
  }
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
