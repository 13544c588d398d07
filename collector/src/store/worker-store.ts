/** The store as the rest of the collector sees it: a proxy of the worker thread that alone holds the database. */
import type { AppError, Clock, Logger } from "@nodekeeper/shared";
import type { NodeInventory } from "../state/node-inventory.ts";
import type { RememberedInventory } from "../state/restore.ts";
import { createBackupLink } from "./backup/backup-link.ts";
import { encodeCommitBatch, packedStock } from "./commit-batch.ts";
import { type RestoredPage, unpackRestoredPage } from "./restored-page.ts";
import type { RestoredState, Store, StoredDocument, StoredObservation, StoredOnboarding } from "./store.ts";
import type { OnboardingRow } from "./tables/onboardings-table.ts";
import { defaultWorkerFile, startWorkerLink, type WorkerLink } from "./worker/worker-link.ts";

/** What the store needs. */
export interface OpenStoreOptions {
  /** Where the database lies; made where it is missing. One collector to a directory. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The store, and how to learn that it is lost. */
export interface WorkerStore extends Store {
  /**
   * Resolves when the worker ended though nobody closed the store. Every call fails from then on, and the collector must end too: a new one
   * starts from the database. Never rejects; stays pending when the store is closed as it should be.
   */
  readonly failed: Promise<AppError>;
}

/**
 * Opens the store of a directory. Rejects with STORE_CORRUPT, STORE_TOO_NEW, STORE_IN_USE, STORE_FULL or DIRECTORY_NOT_WRITABLE, each with
 * what to do, and leaves what it found as it was.
 */
export async function openStore(options: OpenStoreOptions): Promise<WorkerStore> {
  const link = await startWorkerLink(options);
  const backups = createBackupLink(options.directory, defaultWorkerFile());
  return {
    failed: link.failed,
    restore: () => restore(link),
    async commit(observations) {
      if (observations.length === 0) return;
      const batch = encodeCommitBatch(observations);
      await link.call("commit", batch, [batch.bytes.buffer]);
    },
    saveStock: (stock) => link.call("saveStock", packedStock(stock)),
    saveNodes: (nodes) => link.call("saveNodes", nodes),
    forgetNode: (name) => link.call("forgetNode", name),
    saveFindings: (findings) => link.call("saveFindings", findings),
    committedSpans: (node, epoch) => link.call("committedSpans", { node, epoch }),
    listFindings: (query) => link.call("listFindings", query),
    listChanges: (query) => link.call("listChanges", query),
    async appendAudit(records) {
      if (records.length > 0) await link.call("appendAudit", records);
    },
    listAudit: (query) => link.call("listAudit", query),
    async saveOnboardings(onboardings) {
      if (onboardings.length > 0) await link.call("saveOnboardings", onboardings.map(rowOfOnboarding));
    },
    onboardings: () => onboardings(link),
    async saveDocuments(kind, put, removed) {
      const rows = put.map(({ id, changedAtMs, body }) => ({ kind, id, changedMs: changedAtMs, body: JSON.stringify(body) }));
      const changes = { put: rows, removed: removed.map((id) => ({ kind, id })) };
      if (rows.length + removed.length > 0) await link.call("saveDocuments", changes);
    },
    documents: (kind) => documents(link, kind),
    history: (request) => link.call("history", request),
    maintain: (nowMs) => link.call("maintain", nowMs),
    status: () => link.call("status", undefined),
    backup: (file) => backups.backup(file),
    async [Symbol.asyncDispose]() {
      await backups.close();
      await link.close();
    },
  };
}

async function restore(link: WorkerLink): Promise<RestoredState> {
  const nodes = await link.call("listNodes", undefined);
  const findings = await link.call("listFindings", { node: undefined, includeResolved: false, limit: Number.MAX_SAFE_INTEGER });
  const inventories = await restoreInventories(link);
  const observations: StoredObservation[] = [];
  let next: Promise<RestoredPage> | undefined = link.call("restorePage", 0);
  while (next !== undefined) {
    const page: RestoredPage = await next;
    // The worker reads the next page while this one is decoded.
    next = page.nextAfterId === undefined ? undefined : link.call("restorePage", page.nextAfterId);
    for (const observation of unpackRestoredPage(page)) observations.push(observation);
  }
  return { nodes, observations, inventories, findings };
}

async function restoreInventories(link: WorkerLink): Promise<readonly RememberedInventory[]> {
  const inventories: RememberedInventory[] = [];
  for (let last = ""; ; ) {
    const page = await link.call("inventoriesPage", last);
    // We wrote it ourselves: commit-batch.ts.
    for (const { node, body } of page) inventories.push({ node, inventory: JSON.parse(body) as NodeInventory });
    const end = page.at(-1);
    if (end === undefined) return inventories;
    last = end.node;
  }
}

function rowOfOnboarding({ node, changedAtMs, ...body }: StoredOnboarding): OnboardingRow {
  return { node, changedMs: changedAtMs, body: JSON.stringify(body) };
}

async function onboardings(link: WorkerLink): Promise<readonly StoredOnboarding[]> {
  const stored: StoredOnboarding[] = [];
  for (let last = ""; ; ) {
    const page = await link.call("onboardingsPage", last);
    // We wrote it ourselves: rowOfOnboarding.
    for (const { node, changedMs, body } of page)
      stored.push({ node, changedAtMs: changedMs, ...(JSON.parse(body) as Pick<StoredOnboarding, "current" | "past">) });
    const end = page.at(-1);
    if (end === undefined) return stored;
    last = end.node;
  }
}

async function documents(link: WorkerLink, kind: string): Promise<readonly StoredDocument[]> {
  const stored: StoredDocument[] = [];
  for (let last = ""; ; ) {
    const page = await link.call("documentsPage", { kind, id: last });
    // JSON of an object: saveDocuments.
    for (const { id, changedMs, body } of page) stored.push({ id, changedAtMs: changedMs, body: JSON.parse(body) as object });
    const end = page.at(-1);
    if (end === undefined) return stored;
    last = end.id;
  }
}
