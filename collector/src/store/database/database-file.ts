/** Looks at a database file before SQLite may touch it. Nothing here writes. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { corruptError } from "./database-error.ts";

/** The first bytes of every SQLite database. */
const magic = "SQLite format 3\0";

/**
 * "fresh": there is none yet, or an empty file that a first start left behind. "database": it says that it is SQLite's. Anything else is
 * STORE_CORRUPT, and so is a log (-wal) without its database: SQLite would delete it.
 */
export function inspectDatabaseFile(file: string): "fresh" | "database" {
  const size = sizeOf(file);
  if (size === undefined || size === 0) {
    if ((sizeOf(`${file}-wal`) ?? 0) > 0) {
      throw corruptError(file, `it is ${size === undefined ? "missing" : "empty"}, but ${file}-wal still holds data of it`);
    }
    const left = [salvagedName(file), restoredName(file)].find((name) => sizeOf(name) !== undefined);
    if (left !== undefined) throw interruptedError(file, left);
    return "fresh";
  }
  if (readHead(file) !== magic) throw corruptError(file, "it is not a SQLite database");
  return "database";
}

/** What a salvage has made, until it has taken the place of the database. */
export function salvagedName(file: string): string {
  return `${file}.salvaged`;
}

/** The copy of a backup, until it has taken the place of the database. */
export function restoredName(file: string): string {
  return `${file}.restored`;
}

function interruptedError(file: string, left: string): AppError {
  const command = left === salvagedName(file) ? "collector salvage" : "collector restore";
  const message = `${file} is missing, and ${left} is there: ${command} was interrupted before its end. Run it again, or remove ${left} to start without`;
  return new AppError("STORE_CORRUPT", message, { context: { file, reason: `${command} was interrupted` } });
}

function readHead(file: string): string {
  const head = Buffer.alloc(magic.length);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return head.toString("latin1");
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch (thrown) {
    if (systemErrorCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}
