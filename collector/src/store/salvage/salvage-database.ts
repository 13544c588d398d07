/** Makes a new database of what can be read of a damaged one, and keeps the damaged one aside. Nobody may hold the database meanwhile. */
import { closeSync, existsSync, openSync } from "node:fs";
import { AppError } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { corruptError, toCommandError } from "../database/database-error.ts";
import { salvagedName } from "../database/database-file.ts";
import { migrate } from "../database/migrate.ts";
import { migrations } from "../database/migrations.ts";
import { replaceDatabase } from "../database/replace-database.ts";
import { tooNewError, verifyDatabase } from "../database/verify-database.ts";
import { removeDatabase, syncPath } from "../database/whole-files.ts";
import type { NewAuditRecord } from "../store.ts";
import { createAuditTable } from "../tables/audit-table.ts";
import { mendReferences } from "./mend-references.ts";
import { findPageOwners } from "./page-owners.ts";
import { isForeign, openPageSource, type PageSource } from "./page-source.ts";
import { isLossy, lossyTables, type SalvagedTable, type SalvageReport } from "./salvage-report.ts";
import { salvageTable } from "./salvage-tables.ts";
import { formOfVersion } from "./table-forms.ts";

/** A version beyond this was never released: the field is damaged. */
const plausibleVersions = 1000;

/**
 * Salvages. The damaged file is read and never written; it gets its new name only when the new database is whole. Takes as much room again
 * as what is saved. Throws STORE_TOO_NEW for a newer database, STORE_CORRUPT for another program's.
 */
export function salvageDatabase(file: string, nowMs: number): SalvageReport {
  if (!existsSync(file)) {
    throw new AppError("CONFIG_INVALID", `there is no database at ${file}: there is nothing to salvage`, { context: { file } });
  }
  const salvaged = salvagedName(file);
  removeDatabase(salvaged);
  try {
    const found = copyAll(file, salvaged, nowMs);
    verifyDatabase(salvaged, migrations.length, "whole");
    syncPath(salvaged);
    return { ...found, keptAside: replaceDatabase(file, salvaged, "damaged", nowMs) ?? "" };
  } catch (thrown) {
    removeDatabase(salvaged);
    throw toCommandError(thrown, "salvaging the database", file);
  }
}

/**
 * Ends a salvage that was killed when its new database was whole but did not have its name yet. False where there is none: while the damaged
 * database has its own name, whatever lies there is begun anew.
 */
export function finishSalvage(file: string, nowMs: number): boolean {
  const salvaged = salvagedName(file);
  if (existsSync(file) || !existsSync(salvaged)) return false;
  replaceDatabase(file, salvaged, "damaged", nowMs);
  return true;
}

function copyAll(file: string, salvaged: string, nowMs: number): Omit<SalvageReport, "keptAside"> {
  using source = openPageSource(file);
  const version = versionOf(source, file);
  const form = formOfVersion(version);
  const owners = findPageOwners(source, form);
  closeSync(openSync(salvaged, "w", 0o600));
  const database = new Database(salvaged);
  try {
    database.pragma("auto_vacuum = INCREMENTAL");
    database.pragma("synchronous = OFF"); // It is synced once, at the end.
    database.pragma("foreign_keys = OFF");
    migrate(database, migrations);
    const copied = form.tables.map((table) => ({ name: table.name, ...salvageTable(source, owners, table, database) }));
    const orphaned = mendReferences(database, new Set(form.tables.map(({ name }) => name)));
    const tables = copied.map((table): SalvagedTable => {
      const orphanedRows = orphaned.get(table.name) ?? 0;
      return { ...table, savedRows: table.savedRows - orphanedRows, orphanedRows };
    });
    const found = { tables, strayPages: owners.strayCount };
    createAuditTable(database).insert(auditRecord(found, nowMs));
    return found;
  } finally {
    database.close();
  }
}

function auditRecord(found: Omit<SalvageReport, "keptAside">, nowMs: number): NewAuditRecord {
  return {
    ...{ at: new Date(nowMs).toISOString(), actor: { kind: "local", name: "" }, action: "database.salvage", outcome: "done" },
    target: { kind: "database", name: "" },
    detail: isLossy(found) ? `a part is lost of ${lossyTables(found).join(", ")}` : "nothing is lost",
  };
}

/** Of a database whose first page is lost, the newest is assumed: an older one lacks tables, and then nothing is found for them. */
function versionOf({ header }: PageSource, file: string): number {
  if (isForeign(header)) throw corruptError(file, "it is the database of another program");
  if (header === undefined || header.version === 0 || header.version > plausibleVersions) return migrations.length;
  if (header.version > migrations.length) throw tooNewError(file, header.version, migrations.length);
  return header.version;
}
