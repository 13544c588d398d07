/** The main thread's end of the line to the worker: calls that wait for their answers, and what happens when the worker is lost. */
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import { unpackError, type WorkerMessage, type WorkerMethod, type WorkerMethods, type WorkerStart } from "./protocol.ts";

/** What a link needs. */
export interface WorkerLinkOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The worker's program; a test gives another. */
  readonly workerFile?: string;
}

/** A worker whose database is open. */
export interface WorkerLink {
  /** Rejects with what the worker says, or with STORE_FAILED when it is lost or closed. What is in `transfer` is handed over. */
  call<Method extends WorkerMethod>(
    method: Method,
    argument: WorkerMethods[Method]["argument"],
    transfer?: readonly ArrayBuffer[],
  ): Promise<WorkerMethods[Method]["result"]>;
  /** Resolves when the worker ended though nobody closed it. */
  readonly failed: Promise<AppError>;
  /** Lets the worker commit what waits and end. Idempotent; never rejects. */
  close(): Promise<void>;
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: AppError): void;
}

/** Closing gets so long: it waits for the disk a few times at most. */
const closeTimeoutMs = 10_000;

/** Starts the worker and waits until the database is open; rejects with what the worker says where it cannot be. */
export async function startWorkerLink(options: WorkerLinkOptions): Promise<WorkerLink> {
  const { directory, clock, logger } = options;
  const start: WorkerStart = { kind: "store", directory };
  const worker = new Worker(options.workerFile ?? defaultWorkerFile(), { workerData: start, name: "nodekeeper-store" });
  const pending = new Map<number, PendingCall>();
  const failed = Promise.withResolvers<AppError>();
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let lastId = 0;
  /** Why there are no more answers; undefined while there are. */
  let loss: AppError | undefined;
  let closing: Promise<void> | undefined;

  worker.on("message", (message: WorkerMessage) => {
    if (message.kind === "opened") {
      if (message.copyBeforeMigration !== undefined) {
        logger.info({ copy: message.copyBeforeMigration }, "the database was migrated; a copy of the old one is kept");
      }
      opened.resolve();
    } else if (message.kind === "refused") {
      opened.reject(unpackError(message.error));
    } else if (message.kind === "answer") {
      settle([message.id], (call) => call.resolve(message.value));
    } else if (message.kind === "written") {
      settle(message.ids, (call) => call.resolve(undefined));
    } else if (message.kind === "failed") {
      settle(message.ids, (call) => call.reject(unpackError(message.error)));
    } else {
      logger.warn(message.facts, message.message);
    }
  });
  worker.on("error", (thrown) => {
    logger.error({ err: thrown }, "the store's worker crashed");
    lose(new AppError("STORE_FAILED", `the store's worker crashed: ${String(thrown)}`, { cause: thrown }));
  });
  worker.on("exit", (code) => {
    lose(closing === undefined ? new AppError("STORE_FAILED", `the store's worker ended with ${code}`) : closedError());
    ended.resolve();
  });

  function settle(ids: readonly number[], settleOne: (call: PendingCall) => void): void {
    for (const id of ids) {
      const call = pending.get(id);
      pending.delete(id);
      if (call !== undefined) settleOne(call);
    }
  }

  function lose(error: AppError): void {
    if (loss !== undefined) return;
    loss = error;
    opened.reject(error);
    settle([...pending.keys()], (call) => call.reject(error));
    if (closing === undefined) failed.resolve(error);
  }

  function send<Method extends WorkerMethod>(
    method: Method,
    argument: WorkerMethods[Method]["argument"],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<WorkerMethods[Method]["result"]> {
    if (loss !== undefined) return Promise.reject(loss);
    return new Promise((resolve, reject) => {
      lastId += 1;
      // The worker answers a call with its method's result: see WorkerMethods.
      pending.set(lastId, { resolve: (value) => resolve(value as WorkerMethods[Method]["result"]), reject });
      worker.postMessage({ id: lastId, method, argument }, transfer);
    });
  }

  async function close(): Promise<void> {
    const inTime = new AbortController();
    send("close", undefined).catch(ignore); // Whatever went wrong, the worker is ended below.
    const timer = clock.sleep(closeTimeoutMs, inTime.signal).then(() => {
      logger.error({ closeTimeoutMs }, "the store did not close in time");
      return worker.terminate();
    }, ignore);
    await ended.promise;
    inTime.abort();
    await timer;
  }

  try {
    await opened.promise;
  } catch (thrown) {
    await worker.terminate();
    throw thrown;
  }
  return {
    call: (method, argument, transfer) =>
      closing === undefined ? send(method, argument, transfer) : Promise.reject(closedError()),
    failed: failed.promise,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function closedError(): AppError {
  return new AppError("STORE_FAILED", "the store is closed");
}

function ignore(): void {
  // Said where it is used.
}

/** The worker as source where this is source, else as the bundle beside the collector's. */
export function defaultWorkerFile(): string {
  const here = import.meta.filename;
  return here.endsWith(".ts") ? join(dirname(here), "..", "worker.ts") : join(dirname(here), "store-worker.cjs");
}
