/** All tables of the database. */
import type Database from "better-sqlite3";
import { type AuditTable, createAuditTable } from "../tables/audit-table.ts";
import { type ChangesTable, createChangesTable } from "../tables/changes-table.ts";
import { type ChunksTable, createChunksTable } from "../tables/chunks-table.ts";
import { createDocumentsTable, type DocumentsTable } from "../tables/documents-table.ts";
import { createEpochsTable, type EpochsTable } from "../tables/epochs-table.ts";
import { createFactsTable, type FactsTable } from "../tables/facts-table.ts";
import { createFindingsTable, type FindingsTable } from "../tables/findings-table.ts";
import { createInventoriesTable, type InventoriesTable } from "../tables/inventories-table.ts";
import { createJournalTable, type JournalTable } from "../tables/journal-table.ts";
import { createLatestTable, type LatestTable } from "../tables/latest-table.ts";
import { createLayoutsTable, type LayoutsTable } from "../tables/layouts-table.ts";
import { createMetaTable, type MetaTable } from "../tables/meta-table.ts";
import { createNodesTable, type NodesTable } from "../tables/nodes-table.ts";
import { createOnboardingsTable, type OnboardingsTable } from "../tables/onboardings-table.ts";
import { createStreamsTable, type StreamsTable } from "../tables/streams-table.ts";

/** One object for each table. */
export interface StoreTables {
  readonly meta: MetaTable;
  readonly nodes: NodesTable;
  readonly epochs: EpochsTable;
  readonly streams: StreamsTable;
  readonly layouts: LayoutsTable;
  readonly facts: FactsTable;
  readonly journal: JournalTable;
  readonly latest: LatestTable;
  readonly raw: ChunksTable;
  readonly fiveMinutes: ChunksTable;
  readonly hours: ChunksTable;
  readonly findings: FindingsTable;
  readonly inventories: InventoriesTable;
  readonly changes: ChangesTable;
  readonly audit: AuditTable;
  readonly onboardings: OnboardingsTable;
  readonly documents: DocumentsTable;
}

/** Prepares all statements. */
export function createStoreTables(database: Database.Database): StoreTables {
  return {
    meta: createMetaTable(database),
    nodes: createNodesTable(database),
    epochs: createEpochsTable(database),
    streams: createStreamsTable(database),
    layouts: createLayoutsTable(database),
    facts: createFactsTable(database),
    journal: createJournalTable(database),
    latest: createLatestTable(database),
    raw: createChunksTable(database, "raw"),
    fiveMinutes: createChunksTable(database, "5m"),
    hours: createChunksTable(database, "1h"),
    findings: createFindingsTable(database),
    inventories: createInventoriesTable(database),
    changes: createChangesTable(database),
    audit: createAuditTable(database),
    onboardings: createOnboardingsTable(database),
    documents: createDocumentsTable(database),
  };
}
