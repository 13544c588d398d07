/** One collector to a directory. The kernel holds the lock and drops it with the process, so that a crash leaves none behind. */

import { AppError, systemErrorCode } from "@nodekeeper/shared";
import Database from "better-sqlite3";

/** A predecessor that is just ending gets so long. */
const patienceMs = 2000;

/**
 * Locks a directory by holding an empty database file of its own exclusively: SQLite's locks work wherever the database itself does, and
 * the database stays open to readers such as a backup. STORE_IN_USE when another holds it.
 */
export function lockDirectory(directory: string, lockFile: string): Disposable {
  const holder = new Database(lockFile, { timeout: patienceMs });
  try {
    holder.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    holder.close();
    if (!(systemErrorCode(thrown) ?? "").startsWith("SQLITE_BUSY")) throw thrown;
    throw new AppError(
      "STORE_IN_USE",
      `${directory} is in use by another collector: stop that one, or give this one a data directory of its own`,
      { cause: thrown, context: { directory } },
    );
  }
  return { [Symbol.dispose]: () => void holder.close() };
}
