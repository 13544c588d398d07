/** The main thread's side of a backup: one at a time, in a worker that lives for it, and given up when the store is closed. */
import { isAbsolute } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError } from "@nodekeeper/shared";
import { type BackupMessage, unpackError, type WorkerStart } from "../worker/protocol.ts";
import { type Backup, removeUnfinished } from "./write-backup.ts";

/** Makes backups of one database. */
export interface BackupLink {
  /** `file` is an absolute path where nothing is yet. Rejects with CONFLICT or STORE_FULL, each with what to do. */
  backup(file: string): Promise<Backup>;
  /** Ends a backup that is being made. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Starts nothing yet. `workerFile` is the store's worker. */
export function createBackupLink(directory: string, workerFile: string): BackupLink {
  let underWay: Worker | undefined;
  let isClosed = false;

  function run(file: string): Promise<Backup> {
    const start: WorkerStart = { kind: "backup", directory, file };
    const worker = new Worker(workerFile, { workerData: start, name: "nodekeeper-backup" });
    underWay = worker;
    return new Promise<Backup>((resolve, reject) => {
      let outcome = (): void => reject(new AppError("ABORTED", "the backup was given up, since the store was closed"));
      worker.on("message", (message: BackupMessage) => {
        outcome = () => (message.kind === "made" ? resolve(message.backup) : reject(unpackError(message.error)));
      });
      worker.on("error", (thrown) => {
        outcome = () => reject(new AppError("STORE_FAILED", `the backup crashed: ${String(thrown)}`, { cause: thrown }));
      });
      worker.on("exit", () => {
        underWay = undefined;
        removeUnfinished(file);
        outcome();
      });
    });
  }

  return {
    async backup(file) {
      if (!isAbsolute(file)) {
        throw new AppError(
          "REQUEST_INVALID",
          `expected an absolute path on the collector's machine for the backup, got "${file}"`,
        );
      }
      if (isClosed) throw new AppError("STORE_FAILED", "the store is closed");
      if (underWay !== undefined) throw new AppError("CONFLICT", "a backup is being made already: wait for its end");
      return run(file);
    },
    async close() {
      isClosed = true;
      await underWay?.terminate();
    },
  };
}
