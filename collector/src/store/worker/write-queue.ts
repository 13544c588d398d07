/** Group commit: all writes that wait go into one transaction, and are answered when it is on the disk. */
import { AppError } from "@nodekeeper/shared";
import type { StoreEngine } from "../engine/store-engine.ts";

/** A write that waits. */
export interface PendingWrite {
  /** Of the call. */
  readonly id: number;
  /** Rough number of rows. */
  readonly size: number;
  /** Runs inside a transaction. */
  run(): void;
}

/** How writes ended. */
export interface WriteOutcome {
  readonly written: readonly number[];
  readonly failed: readonly { readonly id: number; readonly error: AppError }[];
}

/** A transaction gets no more rows than this: it must not keep everybody waiting. */
const rowsAtOnce = 10_000;

/** Collects writes during a turn of the event loop and commits them at its end. */
export class WriteQueue {
  readonly #engine: StoreEngine;
  readonly #report: (outcome: WriteOutcome) => void;
  #waiting: PendingWrite[] = [];
  #isScheduled = false;

  constructor(engine: StoreEngine, report: (outcome: WriteOutcome) => void) {
    this.#engine = engine;
    this.#report = report;
  }

  add(write: PendingWrite): void {
    this.#waiting.push(write);
    this.#schedule();
  }

  /** Commits everything that waits, now. */
  drain(): void {
    while (this.#waiting.length > 0) this.#commitSome();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the messages that have come already: they all go into this transaction.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commitSome();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitSome(): void {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    try {
      this.#commit(group);
      this.#report({ written: group.map((write) => write.id), failed: [] });
    } catch (thrown) {
      const error = AppError.from(thrown, "STORE_FAILED");
      // A write that is wrong in itself must not take the others with it; a disk that fails takes them all.
      if (group.length > 1 && isOwnFault(error)) this.#report(this.#commitOneByOne(group));
      else this.#report({ written: [], failed: group.map(({ id }) => ({ id, error })) });
    }
  }

  #commitOneByOne(group: readonly PendingWrite[]): WriteOutcome {
    const written: number[] = [];
    const failed: { readonly id: number; readonly error: AppError }[] = [];
    for (const write of group) {
      try {
        this.#commit([write]);
        written.push(write.id);
      } catch (thrown) {
        failed.push({ id: write.id, error: AppError.from(thrown, "STORE_FAILED") });
      }
    }
    return { written, failed };
  }

  #commit(group: readonly PendingWrite[]): void {
    this.#engine.transaction("committing", () => {
      for (const write of group) write.run();
    });
  }

  #takeGroup(): readonly PendingWrite[] {
    let rows = 0;
    let count = 0;
    for (const write of this.#waiting) {
      rows += write.size;
      if (count > 0 && rows > rowsAtOnce) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

/** True where the write itself is to blame: it breaks a rule of ours or of the table. */
function isOwnFault(error: AppError): boolean {
  const code = error.context["code"];
  return (
    error.code === "INTERNAL" ||
    code === "" ||
    (typeof code === "string" && /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code))
  );
}
