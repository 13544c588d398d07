/** Judges an existing database through a connection that cannot write: is it ours, is it not too new, is it whole. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { copyName } from "./copy-name.ts";
import { corruptError, toStoreError } from "./database-error.ts";

/** Marks a database as nodekeeper's ("nkpr"). */
export const applicationId = 0x6e6b_7072;

/**
 * A file up to this size is checked whole at every start: 256 MiB in memory take 0.15 s, on a disk what reading them takes. In a larger one
 * only the tables are checked that the collector cannot do without; the chunks, which make it large, have checksums of their own, which
 * are verified when they are read.
 */
const wholeCheckBytes = 256 << 20;
const vitalTables = ["meta", "nodes", "epochs", "streams", "layouts", "facts", "latest", "findings"];

/** How much of a database is checked: all of it, or in a large one only what a start needs. */
export type VerifiedPart = "whole" | "vital";

/** Returns the version of the database; 0 is one that has no tables yet. Throws STORE_CORRUPT or STORE_TOO_NEW. */
export function verifyDatabase(file: string, newestVersion: number, part: VerifiedPart = "vital"): number {
  try {
    using connection = openReadOnly(file);
    const { database } = connection;
    const version = Number(database.pragma("user_version", { simple: true }));
    const tableCount = Number(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
    if (version === 0 && tableCount === 0) return 0;
    if (database.pragma("application_id", { simple: true }) !== applicationId) {
      throw corruptError(file, "it is the database of another program");
    }
    if (version > newestVersion) throw tooNewError(file, version, newestVersion);
    checkIntegrity(database, file, part);
    return version;
  } catch (thrown) {
    throw toStoreError(thrown, "looking at the database", file);
  }
}

function openReadOnly(file: string): Disposable & { readonly database: Database.Database } {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  return { database, [Symbol.dispose]: () => void database.close() };
}

function checkIntegrity(database: Database.Database, file: string, part: VerifiedPart): void {
  const isWhole = part === "whole" || statSync(file).size <= wholeCheckBytes;
  const checks = isWhole ? ["quick_check(1)"] : vitalTables.map((table) => `quick_check(${table})`);
  for (const check of checks) {
    const verdict = String(database.pragma(check, { simple: true }));
    if (verdict !== "ok") throw corruptError(file, `the database is damaged (${verdict.replaceAll("\n", " ")})`);
  }
}

/** The database was written by a newer nodekeeper: says what to do, and names the copy from before the upgrade where there is one. */
export function tooNewError(file: string, version: number, newestVersion: number): AppError {
  const copy = newestCopy(file, newestVersion);
  const wayBack =
    copy === undefined
      ? "move the file away to start with an empty database"
      : `go back to what it was before the upgrade, without what came since: collector restore --data-dir ${dirname(file)} --from ${copy}`;
  return new AppError(
    "STORE_TOO_NEW",
    `${file} was written by a newer nodekeeper (its form is ${version}, this one knows up to ${newestVersion}): install that version ` +
      `again, or ${wayBack}`,
    { context: { file, version, newestVersion, copy } },
  );
}

function newestCopy(file: string, newestVersion: number): string | undefined {
  const versions = Array.from({ length: newestVersion }, (_, index) => newestVersion - index);
  return versions.map((version) => copyName(file, version)).find((copy) => existsSync(copy));
}
