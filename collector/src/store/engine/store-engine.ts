/**
 * The store itself, synchronous: the worker thread runs it. Work that may take long is a generator that yields between short steps, so that
 * commits go on meanwhile; no transaction is open while it is suspended.
 */
import { statSync } from "node:fs";
import { AppError } from "@nodekeeper/shared";
import type { AuditRecord, Change, Finding, History } from "@nodekeeper/shared/api";
import type { CommitEntry, PackedStock } from "../commit-batch.ts";
import { toStoreError } from "../database/database-error.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type {
  AuditQuery,
  ChangesQuery,
  HistoryRequest,
  NewAuditRecord,
  SequenceSpan,
  StoredNode,
  StoreStatus,
} from "../store.ts";
import type { DocumentChanges, DocumentPlace, DocumentRow } from "../tables/documents-table.ts";
import type { FindingsQuery } from "../tables/findings-table.ts";
import type { InventoryRow } from "../tables/inventories-table.ts";
import type { RestoredRow } from "../tables/latest-table.ts";
import type { OnboardingRow } from "../tables/onboardings-table.ts";
import { commitObservations, saveStock } from "./commit-observations.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { foldSteps } from "./fold.ts";
import { historySteps } from "./history.ts";
import { maintainSteps } from "./maintain.ts";
import { leaveName, takeName } from "./set-aside.ts";
import { StoreMemory } from "./store-memory.ts";
import { createStoreTables } from "./store-tables.ts";

/** See Store for what the methods mean. Those that write must run inside `transaction`. */
export interface StoreEngine extends Disposable {
  transaction<Result>(attempt: string, work: () => Result): Result;
  commit(entries: readonly CommitEntry[]): void;
  saveNodes(nodes: readonly StoredNode[]): void;
  forgetNode(name: string): void;
  saveFindings(findings: readonly Finding[]): void;
  committedSpans(node: string, epoch: string): readonly SequenceSpan[];
  listFindings(query: FindingsQuery): readonly Finding[];
  listNodes(): readonly StoredNode[];
  listChanges(query: ChangesQuery): readonly Change[];
  appendAudit(records: readonly NewAuditRecord[]): void;
  listAudit(query: AuditQuery): readonly AuditRecord[];
  /** Inventories of nodes after a name, at most so many. */
  inventoriesPage(afterNode: string, limit: number): readonly InventoryRow[];
  saveStock(stock: PackedStock): void;
  saveOnboardings(rows: readonly OnboardingRow[]): void;
  /** Onboardings of names after a name, at most so many. */
  onboardingsPage(afterNode: string, limit: number): readonly OnboardingRow[];
  saveDocuments(changes: DocumentChanges): void;
  /** Documents of a kind after an id, at most so many. */
  documentsPage(after: DocumentPlace, limit: number): readonly DocumentRow[];
  restorePage(afterId: number, limit: number): readonly RestoredRow[];
  status(): StoreStatus;
  history(request: HistoryRequest): Steps<History>;
  maintain(nowMs: number): Steps<void>;
  /** Brings the tables up to the journal, so that a restart has less to read. */
  fold(): Steps<void>;
  /** Rows of the journal since the last fold. */
  unfoldedCount(): number;
}

/** Where the engine says what somebody should look at. */
export type Warn = (facts: object, message: string) => void;

/** Takes the database over; disposing closes it. */
export function createStoreEngine(open: OpenDatabase, warn: Warn): StoreEngine {
  const { database, files } = open;
  const tables = createStoreTables(database);
  let memory: StoreMemory | undefined = new StoreMemory(tables);
  let commitCount = 0;
  let problem: string | undefined;
  let isClosed = false;
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const freePageCount = database.prepare<[], number>("PRAGMA freelist_count").pluck();

  function transaction<Result>(attempt: string, work: () => Result): Result {
    currentMemory();
    try {
      begin.run();
      const result = work();
      commit.run();
      problem = undefined;
      commitCount += 1;
      return result;
    } catch (thrown) {
      // What was noted in memory did not happen: the next use reads it anew.
      memory = undefined;
      tables.layouts.forget();
      if (database.inTransaction) rollback.run();
      const error = toStoreError(thrown, attempt, files.database);
      if (error.code !== "INTERNAL") problem = error.message;
      throw error;
    }
  }

  function currentMemory(): StoreMemory {
    memory ??= guarded("reading the database anew", () => new StoreMemory(tables));
    return memory;
  }

  function guarded<Result>(attempt: string, work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      throw toStoreError(thrown, attempt, files.database);
    }
  }

  /** Runs steps as long as the memory that they started with is the truth. */
  function* withContext<Result>(attempt: string, start: (context: EngineContext) => Steps<Result>): Steps<Result> {
    const ofStart = currentMemory();
    const steps = start({ tables, memory: ofStart, transaction, vacuum });
    for (;;) {
      const step = guarded(attempt, () => steps.next());
      if (step.done === true) return step.value;
      yield;
      if (memory !== ofStart) throw new AppError("STORE_FAILED", `${attempt} was given up, since a transaction failed meanwhile`);
    }
  }

  function warnOfMissingFacts({ node, probe, sequence, factsHash }: CommitEntry): void {
    warn(
      { node, probe, sequence, factsHash },
      "an observation refers to facts that the store does not hold, its numbers are lost",
    );
  }

  function vacuum(pageLimit: number): number {
    const free = freePageCount.get() ?? 0;
    if (free > 0 && pageLimit > 0) database.pragma(`incremental_vacuum(${pageLimit})`);
    return free;
  }

  function foldAtOnce(): void {
    const steps = withContext("folding the journal", foldSteps);
    while (steps.next().done !== true);
  }

  foldAtOnce(); // What a crash left unfolded: from here on the tables are whole, and restorePage reads them.
  return {
    transaction,
    commit: (entries) => commitObservations(tables, currentMemory(), entries, warnOfMissingFacts),
    saveNodes(nodes) {
      for (const node of nodes) {
        takeName(tables, currentMemory(), node);
        tables.nodes.save(node);
      }
    },
    forgetNode(name) {
      leaveName(tables, currentMemory(), name);
      tables.nodes.remove(name);
      tables.inventories.remove(name);
      tables.onboardings.remove(name);
    },
    saveFindings(findings) {
      for (const finding of findings) tables.findings.save(finding);
    },
    committedSpans(node, epoch) {
      const ofNow = currentMemory();
      return ofNow.findEpoch(ofNow.ownerOf(node, epoch), epoch)?.spans.toSpans() ?? [];
    },
    listFindings: (query) => guarded("reading findings", () => tables.findings.list(query)),
    listChanges: (query) => guarded("reading changes", () => tables.changes.list(query)),
    appendAudit(records) {
      for (const record of records) tables.audit.insert(record);
    },
    listAudit: (query) => guarded("reading the audit", () => tables.audit.list(query)),
    inventoriesPage: (afterNode, limit) => guarded("reading inventories", () => tables.inventories.page(afterNode, limit)),
    saveStock: (stock) => saveStock(tables, stock),
    saveOnboardings(rows) {
      for (const row of rows) tables.onboardings.save(row);
    },
    onboardingsPage: (afterNode, limit) => guarded("reading onboardings", () => tables.onboardings.page(afterNode, limit)),
    saveDocuments({ put, removed }) {
      for (const place of removed) tables.documents.remove(place);
      for (const row of put) tables.documents.save(row);
    },
    documentsPage: (after, limit) => guarded("reading documents", () => tables.documents.page(after, limit)),
    listNodes: () => guarded("reading nodes", () => tables.nodes.list()),
    restorePage: (afterId, limit) => guarded("reading the latest observations", () => tables.latest.page(afterId, limit)),
    status: () =>
      guarded("reading the state of the database", () => ({
        databaseBytes: fileBytes(files.database) + fileBytes(`${files.database}-wal`),
        observationCount: currentMemory().nextId - 1,
        commitCount,
        problem,
      })),
    history: (request) => withContext("reading history", (context) => historySteps(context, request)),
    maintain: (nowMs) => withContext("maintaining the database", (context) => maintainSteps(context, nowMs)),
    fold: () => withContext("folding the journal", foldSteps),
    unfoldedCount: () => currentMemory().unfoldedCount(),
    [Symbol.dispose]: () => {
      if (isClosed) return;
      isClosed = true;
      try {
        foldAtOnce();
      } catch {
        // The journal has everything; the next start folds it.
      }
      open[Symbol.dispose]();
    },
  };
}

function fileBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
