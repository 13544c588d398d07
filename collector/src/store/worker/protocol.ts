/** Messages between the store's proxy (main thread) and its worker. */
import { AppError, type ErrorCode, errorCodes } from "@nodekeeper/shared";
import type { Change, Finding, History } from "@nodekeeper/shared/api";
import type { CommitBatch } from "../commit-batch.ts";
import type { RestoredPage } from "../restored-page.ts";
import type { ChangesQuery, HistoryRequest, SequenceSpan, StoredNode, StoreStatus } from "../store.ts";
import type { FindingsQuery } from "../tables/findings-table.ts";
import type { InventoryRow } from "../tables/inventories-table.ts";

/** What the worker can be asked: argument and result of each method. */
export interface WorkerMethods {
  commit: { readonly argument: CommitBatch; readonly result: undefined };
  saveNodes: { readonly argument: readonly StoredNode[]; readonly result: undefined };
  saveFindings: { readonly argument: readonly Finding[]; readonly result: undefined };
  committedSpans: {
    readonly argument: { readonly node: string; readonly epoch: string };
    readonly result: readonly SequenceSpan[];
  };
  listFindings: { readonly argument: FindingsQuery; readonly result: readonly Finding[] };
  listNodes: { readonly argument: undefined; readonly result: readonly StoredNode[] };
  listChanges: { readonly argument: ChangesQuery; readonly result: readonly Change[] };
  /** Inventories of nodes after a name, in its order; none after the last. */
  inventoriesPage: { readonly argument: string; readonly result: readonly InventoryRow[] };
  /** The latest observations after a row, in the order of the table. */
  restorePage: { readonly argument: number; readonly result: RestoredPage };
  history: { readonly argument: HistoryRequest; readonly result: History };
  maintain: { readonly argument: number; readonly result: undefined };
  status: { readonly argument: undefined; readonly result: StoreStatus };
  /** Commits what waits and closes the database; the worker ends after its answer. */
  close: { readonly argument: undefined; readonly result: undefined };
}

/** Name of a method. */
export type WorkerMethod = keyof WorkerMethods;

/** A call. */
export type WorkerRequest = {
  [Method in WorkerMethod]: {
    readonly id: number;
    readonly method: Method;
    readonly argument: WorkerMethods[Method]["argument"];
  };
}[WorkerMethod];

/** What the worker says. */
export type WorkerMessage =
  /** The database is open; calls are taken. */
  | { readonly kind: "opened"; readonly copyBeforeMigration: string | undefined }
  /** It could not be opened; the worker ends. */
  | { readonly kind: "refused"; readonly error: TransportedError }
  | { readonly kind: "answer"; readonly id: number; readonly value: WorkerMethods[WorkerMethod]["result"] }
  /** These writes are on the disk. */
  | { readonly kind: "written"; readonly ids: readonly number[] }
  | { readonly kind: "failed"; readonly ids: readonly number[]; readonly error: TransportedError }
  /** For the log. */
  | { readonly kind: "warning"; readonly facts: object; readonly message: string };

/** What the worker is started with. */
export interface WorkerStart {
  readonly directory: string;
}

/** An AppError as plain data: cloning would make a bare Error of it. */
export interface TransportedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** Of the worker, for the log. */
  readonly stack: string | undefined;
}

/** An error on its way. */
export function packError(thrown: unknown): TransportedError {
  const { code, message, context, stack } = AppError.from(thrown, "INTERNAL");
  return { code, message, context, stack };
}

/** An error that came. */
export function unpackError(error: TransportedError): AppError {
  const code = error.code in errorCodes ? error.code : "INTERNAL";
  return new AppError(code, error.message, { context: error.context, cause: error.stack });
}
