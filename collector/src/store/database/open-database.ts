/** Opens the database of a data directory: locked, verified, migrated. Refuses rather than overwrites. */
import { closeSync, openSync } from "node:fs";
import { systemErrorCode } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { toStoreError } from "./database-error.ts";
import { inspectDatabaseFile } from "./database-file.ts";
import { lockDirectory } from "./database-lock.ts";
import { keepCopy, migrate } from "./migrate.ts";
import { migrations as allMigrations, type Migration } from "./migrations.ts";
import { makeDirectory, notWritableError, type StoreFiles, storeFiles } from "./store-files.ts";
import { verifyDatabase } from "./verify-database.ts";

/** An open database. Disposing closes it and gives the directory free. */
export interface OpenDatabase extends Disposable {
  readonly database: Database.Database;
  readonly files: StoreFiles;
  /** Where the database lies as it was before it was migrated just now; undefined when it was not. */
  readonly copyBeforeMigration: string | undefined;
}

/** Opens; `migrations` is for tests. */
export function openDatabase(directory: string, migrations: readonly Migration[] = allMigrations): OpenDatabase {
  const files = storeFiles(directory);
  makeDirectory(directory);
  try {
    const lock = lockDirectory(directory, files.lock);
    try {
      return openLocked(files, lock, migrations);
    } catch (thrown) {
      lock[Symbol.dispose]();
      throw thrown;
    }
  } catch (thrown) {
    const code = systemErrorCode(thrown) ?? "";
    if (["EACCES", "EROFS", "EPERM"].includes(code) || /^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) {
      throw notWritableError(directory, thrown);
    }
    throw toStoreError(thrown, "opening the database", files.database);
  }
}

function openLocked(files: StoreFiles, lock: Disposable, migrations: readonly Migration[]): OpenDatabase {
  const file = files.database;
  let copyBeforeMigration: string | undefined;
  if (inspectDatabaseFile(file) === "database") {
    const version = verifyDatabase(file, migrations.length);
    if (version > 0 && version < migrations.length) copyBeforeMigration = keepCopy(file, version);
  } else {
    closeSync(openSync(file, "a", 0o600)); // SQLite would let the group and others read it.
  }
  const database = new Database(file);
  try {
    configure(database);
    migrate(database, migrations);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return {
    database,
    files,
    copyBeforeMigration,
    [Symbol.dispose]: () => {
      database.close();
      lock[Symbol.dispose]();
    },
  };
}

function configure(database: Database.Database): void {
  // Before the first table is made: freed pages are used again, and what is free beyond that can be given back in small steps.
  database.pragma("auto_vacuum = INCREMENTAL");
  database.pragma("journal_mode = WAL");
  // What is acknowledged survives a power cut.
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma("busy_timeout = 5000");
  // The log shrinks again after a burst.
  database.pragma(`journal_size_limit = ${64 << 20}`);
  // Negative: KiB. Holds the hot ends of all tables of thousands of nodes.
  database.pragma("cache_size = -65536");
  database.pragma("temp_store = MEMORY");
}
