/** Handling of a database as files: when nobody has it open. */
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";

/** Removes a database and what SQLite may have left beside it. */
export function removeDatabase(file: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** What was written to a file, or the names in a folder, are on the disk when it returns. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
