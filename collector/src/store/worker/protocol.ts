/** Messages between the store's proxy (main thread) and its worker. */
import { AppError, type ErrorCode, errorCodes } from "@nodekeeper/shared";
import type { AuditRecord, Change, Finding, History } from "@nodekeeper/shared/api";
import type { Backup } from "../backup/write-backup.ts";
import type { CommitBatch, PackedStock } from "../commit-batch.ts";
import type { RestoredPage } from "../restored-page.ts";
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
import type { OnboardingRow } from "../tables/onboardings-table.ts";

/** What the worker can be asked: argument and result of each method. */
export interface WorkerMethods {
  commit: { readonly argument: CommitBatch; readonly result: undefined };
  saveNodes: { readonly argument: readonly StoredNode[]; readonly result: undefined };
  forgetNode: { readonly argument: string; readonly result: undefined };
  saveFindings: { readonly argument: readonly Finding[]; readonly result: undefined };
  committedSpans: {
    readonly argument: { readonly node: string; readonly epoch: string };
    readonly result: readonly SequenceSpan[];
  };
  listFindings: { readonly argument: FindingsQuery; readonly result: readonly Finding[] };
  listNodes: { readonly argument: undefined; readonly result: readonly StoredNode[] };
  listChanges: { readonly argument: ChangesQuery; readonly result: readonly Change[] };
  appendAudit: { readonly argument: readonly NewAuditRecord[]; readonly result: undefined };
  listAudit: { readonly argument: AuditQuery; readonly result: readonly AuditRecord[] };
  /** Inventories of nodes after a name, in its order; none after the last. */
  inventoriesPage: { readonly argument: string; readonly result: readonly InventoryRow[] };
  saveStock: { readonly argument: PackedStock; readonly result: undefined };
  saveOnboardings: { readonly argument: readonly OnboardingRow[]; readonly result: undefined };
  /** Onboardings of names after a name, in its order; none after the last. */
  onboardingsPage: { readonly argument: string; readonly result: readonly OnboardingRow[] };
  saveDocuments: { readonly argument: DocumentChanges; readonly result: undefined };
  /** Documents of a kind after an id, in its order; none after the last. */
  documentsPage: { readonly argument: DocumentPlace; readonly result: readonly DocumentRow[] };
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

/** What a worker is started for, and with. */
export type WorkerStart =
  /** Holds the database of a directory. */
  | { readonly kind: "store"; readonly directory: string }
  /** Copies the database of a directory, which another holds, into a file, and ends. */
  | { readonly kind: "backup"; readonly directory: string; readonly file: string };

/** What a worker says that made a backup. */
export type BackupMessage =
  | { readonly kind: "made"; readonly backup: Backup }
  | { readonly kind: "failed"; readonly error: TransportedError };

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
