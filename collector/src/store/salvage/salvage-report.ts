/** What a salvage saved and what it could not: of each table, and in words. */

/** Of one table. */
export interface SalvagedTable {
  readonly name: string;
  readonly savedRows: number;
  /** Rows that were found and are damaged. */
  readonly damagedRows: number;
  /** Whole rows that mean nothing without another row that is lost. */
  readonly orphanedRows: number;
  /** Pages of 4 KiB that cannot be read; how many rows were on them nobody knows. */
  readonly lostPages: number;
}

/** Of the whole database. */
export interface SalvageReport {
  readonly tables: readonly SalvagedTable[];
  /** Pages of rows that belong to no table any more. */
  readonly strayPages: number;
  /** The damaged file, where it lies now. */
  readonly keptAside: string;
}

/** What a table holds, for people. */
const contents: Readonly<Record<string, string>> = {
  meta: "how far the work on the tables was done",
  nodes: "nodes",
  epochs: "which observations are committed",
  streams: "probes of nodes",
  layouts: "what numbers mean",
  facts: "facts, and when they held",
  facts_bodies: "what the facts say",
  journal: "observations of the last hour",
  latest: "the latest observation of each probe",
  raw_chunks: "history of a day",
  five_minute_chunks: "history of a month",
  hour_chunks: "history of a year",
  findings: "findings",
  inventories: "equipment of nodes",
  changes: "changes of equipment",
  audit: "audit",
};

/** True where something is gone. */
export function isLossy(found: Omit<SalvageReport, "keptAside">): boolean {
  return found.strayPages > 0 || lossyTables(found).length > 0;
}

/** Names of the tables of which something is gone. */
export function lossyTables({ tables }: Pick<SalvageReport, "tables">): readonly string[] {
  return tables.filter((table) => lossOf(table) !== "").map(({ name }) => name);
}

/** A line for each table, and what follows from it. */
export function describeSalvage(report: SalvageReport): string {
  const width = Math.max(...report.tables.map(({ name }) => name.length));
  const lines = report.tables.map((table) => {
    const loss = lossOf(table);
    return `  ${table.name.padEnd(width)}  ${table.savedRows} saved, ${loss === "" ? "nothing lost" : `lost: ${loss}`} (${contents[table.name] ?? ""})`;
  });
  const stray =
    report.strayPages === 0 ? [] : [`  ${report.strayPages} pages belong to no table any more: what was on them is lost`];
  return [...lines, ...stray, `The damaged database is kept as ${report.keptAside}`].join("\n");
}

function lossOf({ damagedRows, orphanedRows, lostPages }: SalvagedTable): string {
  return [
    lostPages > 0 ? `all on ${lostPages} ${lostPages === 1 ? "page" : "pages"}` : "",
    damagedRows > 0 ? `${damagedRows} damaged` : "",
    orphanedRows > 0 ? `${orphanedRows} that refer to what is lost` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}
