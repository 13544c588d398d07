/** SQLite's errors → AppError, in one place. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Below it, an I/O error on the disk is taken for a full disk: SQLite does not tell the two apart everywhere. */
const fullBelowBytes = 1 << 20;

/** What SQLite or the file system threw, as an AppError. `attempt` says what was attempted, `file` on what. */
export function toStoreError(thrown: unknown, attempt: string, file: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = systemErrorCode(thrown) ?? "";
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { cause: thrown, context: { file, code } };
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT" || (code.startsWith("SQLITE_IOERR") && isFull(file))) {
    return new AppError(
      "STORE_FULL",
      `${attempt} failed: the disk under ${file} is full. Nothing that was acknowledged is lost; free some space and it goes on by itself`,
      details,
    );
  }
  if (code === "SQLITE_CORRUPT" || code.startsWith("SQLITE_CORRUPT_") || code === "SQLITE_NOTADB") {
    return corruptError(file, `${attempt} failed: ${reason}`, thrown);
  }
  return new AppError("STORE_FAILED", `${attempt} failed on ${file}: ${reason}`, details);
}

/** The same of a command that somebody gave, and that changes nothing until its end. */
export function toCommandError(thrown: unknown, attempt: string, file: string): AppError {
  const error = toStoreError(thrown, attempt, file);
  if (error.code !== "STORE_FULL") return error;
  const message = `${attempt} failed: the disk under ${file} is full. Nothing was changed; free some space and run it again`;
  return new AppError("STORE_FULL", message, { cause: thrown, context: { file } });
}

/** The database is damaged or not ours: says which file, that it was left as it is, and what to do. */
export function corruptError(file: string, reason: string, cause?: unknown): AppError {
  const directory = dirname(file);
  const message =
    `${file} cannot be used: ${reason}. It was left as it is. To make a new database of what can be read of it: ` +
    `collector salvage --data-dir ${directory}. To put a backup in its place: collector restore --data-dir ${directory} --from FILE. ` +
    `Both keep it aside. Or move it away together with ${file}-wal and ${file}-shm where they are there, and start again: an empty ` +
    "database is made, and the agents fill it with what is now";
  return new AppError("STORE_CORRUPT", message, { cause, context: { file, reason } });
}

function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(file);
    return bavail * bsize < fullBelowBytes;
  } catch {
    return false; // The disk is gone altogether: not full.
  }
}
