/** The files of the store, and making their directory. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Where the store keeps what. SQLite adds `-wal` and `-shm` to the database's name. */
export interface StoreFiles {
  readonly directory: string;
  readonly database: string;
  readonly lock: string;
}

/** The files of a data directory. */
export function storeFiles(directory: string): StoreFiles {
  return { directory, database: join(directory, "nodekeeper.db"), lock: join(directory, "nodekeeper.lock") };
}

/** Makes the directory where it is missing, for the owner alone. */
export function makeDirectory(directory: string): void {
  try {
    makeEach(resolve(directory));
  } catch (thrown) {
    throw notWritableError(directory, thrown);
  }
}

/** Node's own recursive mkdir never ends where a folder can be looked into but not be made, as under /proc. */
function makeEach(path: string): void {
  if (existsSync(path)) return;
  makeEach(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** The directory cannot be written. */
export function notWritableError(directory: string, cause: unknown): AppError {
  return new AppError(
    "DIRECTORY_NOT_WRITABLE",
    `the data directory ${directory} cannot be written (${systemErrorCode(cause) ?? String(cause)}): ` +
      "let the collector's user own it, or choose another with --data-dir",
    { cause, context: { directory } },
  );
}
