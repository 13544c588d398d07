/**
 * Copies a database that is in use into a file of its own, as it was at one moment. It runs in a thread of its own with a connection of its
 * own: commits go on beside it, and share nothing with it but the disk. While it runs, SQLite's log cannot be emptied and grows by what is
 * written meanwhile.
 */
import { closeSync, existsSync, openSync, renameSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { toStoreError } from "../database/database-error.ts";
import { verifyDatabase } from "../database/verify-database.ts";
import { removeDatabase, syncPath } from "../database/whole-files.ts";

/** A backup that was made. */
export interface Backup {
  /** One whole database without a log beside it. */
  readonly file: string;
  readonly bytes: number;
}

/** Pages that are copied before the thread may be ended: 8 MiB. */
const stepPages = 2048;

/** Rejects with CONFLICT where the file is there already, and with STORE_FULL where there is no room; leaves nothing half done behind. */
export async function writeBackup(databaseFile: string, file: string, newestVersion: number): Promise<Backup> {
  refuseExisting(file);
  const unfinished = unfinishedName(file);
  try {
    await copy(databaseFile, unfinished);
    makeWhole(unfinished);
    verifyDatabase(unfinished, newestVersion, "whole");
    syncPath(unfinished);
    refuseExisting(file);
    renameSync(unfinished, file);
    syncPath(dirname(file));
    return { file, bytes: statSync(file).size };
  } catch (thrown) {
    removeUnfinished(file);
    const code = systemErrorCode(thrown) ?? "";
    if (["EACCES", "EROFS", "EPERM", "ENOENT", "ENOTDIR"].includes(code)) throw unwritableError(file, thrown);
    const error = toStoreError(thrown, "making a backup", file);
    if (error.code === "STORE_FULL" && error !== thrown) throw fullError(file, thrown);
    throw error;
  }
}

/** Removes what a backup left that did not come to its end. */
export function removeUnfinished(file: string): void {
  removeDatabase(unfinishedName(file));
}

function unfinishedName(file: string): string {
  return `${file}.unfinished`;
}

async function copy(databaseFile: string, unfinished: string): Promise<void> {
  const source = new Database(databaseFile, { readonly: true, fileMustExist: true });
  try {
    // One moment for all pages: without it SQLite begins anew whenever somebody commits between two steps.
    source.exec("BEGIN");
    const pages = Number(source.prepare("PRAGMA page_count").pluck().get());
    requireRoom(unfinished, pages * Number(source.pragma("page_size", { simple: true })));
    closeSync(openSync(unfinished, "w", 0o600)); // SQLite would let the group and others read it.
    await source.backup(unfinished, { progress: () => stepPages });
  } finally {
    source.close();
  }
}

/** A copy of a database with a log says that it has one too; this one is to be a single file. */
function makeWhole(file: string): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    database.pragma("journal_mode = DELETE");
  } finally {
    database.close();
  }
}

function requireRoom(file: string, neededBytes: number): void {
  const { blocks, bavail, bsize } = statfsSync(dirname(file));
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes || blocks === 0) return; // No blocks: a file system that does not count.
  throw new AppError(
    "STORE_FULL",
    `the backup takes ${mebibytes(neededBytes)} in ${dirname(file)}, where ${mebibytes(freeBytes)} are free: free some space, or ` +
      "write it elsewhere",
    { context: { file, neededBytes, freeBytes } },
  );
}

function fullError(file: string, cause: unknown): AppError {
  const message = `the disk under ${file} became full, and the backup was given up: free some space, or write it elsewhere`;
  return new AppError("STORE_FULL", message, { cause, context: { file } });
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new AppError("CONFLICT", `${file} is there already: a backup overwrites nothing, choose another name`, {
    context: { file },
  });
}

function unwritableError(file: string, cause: unknown): AppError {
  if (systemErrorCode(cause) === "ENOENT") {
    return new AppError("CONFLICT", `${dirname(file)} is not there: make the folder first`, { cause, context: { file } });
  }
  return new AppError(
    "CONFLICT",
    `the collector may not write ${file} (${systemErrorCode(cause)}): choose a folder that it owns`,
    {
      cause,
      context: { file },
    },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
