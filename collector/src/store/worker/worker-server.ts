/** Answers the calls of the proxy with the engine. */
import { AppError, assertNever, type Clock } from "@nodekeeper/shared";
import { decodeCommitBatch } from "../commit-batch.ts";
import type { Steps } from "../engine/engine-context.ts";
import type { StoreEngine } from "../engine/store-engine.ts";
import { packRestoredRows } from "../restored-page.ts";
import { packError, type WorkerMessage, type WorkerRequest } from "./protocol.ts";
import { choreRest, runSteps } from "./run-steps.ts";
import { type PendingWrite, WriteQueue } from "./write-queue.ts";

/** Sends a message; what is in `transfer` is handed over, not copied. */
export type PostMessage = (message: WorkerMessage, transfer?: readonly ArrayBuffer[]) => void;

/** Takes calls. */
export interface WorkerServer {
  handle(request: WorkerRequest): void;
}

/** Rows of the journal after which it is folded without waiting for maintenance: a restart then reads at most some more than these. */
const foldAfterRows = 32_768;
/** Latest observations, inventories or onboardings to a page: decoding one keeps the main thread from all else for some tens of milliseconds. */
const pageRows = 500;

/** `closed` is called when the database was closed and its answer sent. */
export function createWorkerServer(engine: StoreEngine, clock: Clock, post: PostMessage, closed: () => void): WorkerServer {
  const closing = new AbortController();
  const queue = new WriteQueue(engine, ({ written, failed }) => {
    if (written.length > 0) post({ kind: "written", ids: written });
    for (const { id, error } of failed) post({ kind: "failed", ids: [id], error: packError(error) });
    if (engine.unfoldedCount() >= foldAfterRows) foldSoon();
  });
  /** Work that changes tables goes one after the other. */
  let chores: Promise<void> = Promise.resolve();
  let maintenance: Promise<void> | undefined;
  let isFoldPlanned = false;
  /** Calls that are being answered, but for close. */
  const underWay = new Set<Promise<void>>();

  function chore(start: () => Steps<void>): Promise<void> {
    const done = chores.then(() => runSteps(start(), clock, closing.signal, choreRest));
    chores = done.catch(ignore);
    return done;
  }

  function foldSoon(): void {
    if (isFoldPlanned) return;
    isFoldPlanned = true;
    chore(() => engine.fold()).then(
      () => {
        isFoldPlanned = false;
      },
      () => {
        isFoldPlanned = false; // The failure shows with the next commit; the journal has everything.
      },
    );
  }

  function maintain(nowMs: number): Promise<void> {
    maintenance ??= chore(() => engine.maintain(nowMs)).finally(() => {
      maintenance = undefined;
    });
    return maintenance;
  }

  function write(id: number, size: number, run: PendingWrite["run"]): void {
    queue.add({ id, size, run });
  }

  async function close(): Promise<undefined> {
    queue.drain();
    closing.abort();
    await Promise.all([chores, ...underWay]);
    engine[Symbol.dispose]();
    return undefined;
  }

  async function answer(request: WorkerRequest): Promise<void> {
    const { id, method, argument } = request;
    switch (method) {
      case "commit":
        return write(id, argument.headers.length, () => engine.commit(decodeCommitBatch(argument)));
      case "saveNodes":
        return write(id, argument.length, () => engine.saveNodes(argument));
      case "forgetNode":
        return write(id, 2, () => engine.forgetNode(argument));
      case "saveFindings":
        return write(id, argument.length, () => engine.saveFindings(argument));
      case "committedSpans":
        return post({ kind: "answer", id, value: engine.committedSpans(argument.node, argument.epoch) });
      case "listFindings":
        return post({ kind: "answer", id, value: engine.listFindings(argument) });
      case "listChanges":
        return post({ kind: "answer", id, value: engine.listChanges(argument) });
      case "appendAudit":
        return write(id, argument.length, () => engine.appendAudit(argument));
      case "listAudit":
        return post({ kind: "answer", id, value: engine.listAudit(argument) });
      case "inventoriesPage":
        return post({ kind: "answer", id, value: engine.inventoriesPage(argument, pageRows) });
      case "saveStock":
        return write(id, argument.inventories.length + argument.changes.length, () => engine.saveStock(argument));
      case "saveOnboardings":
        return write(id, argument.length, () => engine.saveOnboardings(argument));
      case "onboardingsPage":
        return post({ kind: "answer", id, value: engine.onboardingsPage(argument, pageRows) });
      case "saveDocuments":
        return write(id, argument.put.length + argument.removed.length, () => engine.saveDocuments(argument));
      case "documentsPage":
        return post({ kind: "answer", id, value: engine.documentsPage(argument, pageRows) });
      case "listNodes":
        return post({ kind: "answer", id, value: engine.listNodes() });
      case "restorePage": {
        const page = packRestoredRows(engine.restorePage(argument, pageRows), pageRows);
        return post({ kind: "answer", id, value: page }, [page.bytes.buffer]);
      }
      case "history":
        return post({ kind: "answer", id, value: await runSteps(engine.history(argument), clock, closing.signal) });
      case "maintain":
        await maintain(argument);
        return post({ kind: "answer", id, value: undefined });
      case "status":
        return post({ kind: "answer", id, value: engine.status() });
      case "close":
        post({ kind: "answer", id, value: await close() });
        return closed();
      default:
        return assertNever(request, "call of the store");
    }
  }

  return {
    handle(request) {
      const answered = answer(request).catch((thrown: unknown) => {
        post({ kind: "failed", ids: [request.id], error: packError(AppError.from(thrown, "STORE_FAILED")) });
      });
      if (request.method === "close") return;
      underWay.add(answered);
      answered.then(() => underWay.delete(answered), ignore);
    },
  };
}

function ignore(): void {
  // Whoever called was told.
}
