/** The engine without its thread, on a real database file, for tests that let days pass. */
import { cpSync } from "node:fs";
import type { History } from "@nodekeeper/shared/api";
import { decodeCommitBatch, encodeCommitBatch } from "../commit-batch.ts";
import { openDatabase } from "../database/open-database.ts";
import type { Steps } from "../engine/engine-context.ts";
import { createStoreEngine, type StoreEngine } from "../engine/store-engine.ts";
import { packRestoredRows, unpackRestoredPage } from "../restored-page.ts";
import type { HistoryRequest, StoredObservation } from "../store.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

/** An engine with the steps of long work run to their end. */
export interface EngineUnderTest extends Disposable {
  readonly directory: string;
  /** What it warned of. */
  readonly warnings: readonly string[];
  /** The engine of now: `reopen` replaces it. */
  engine(): StoreEngine;
  commit(observations: readonly StoredObservation[]): void;
  maintain(nowMs: number): void;
  history(request: Partial<HistoryRequest> & Pick<HistoryRequest, "fromMs" | "toMs">): History;
  restore(): readonly StoredObservation[];
  /** Closes it as it should be, and opens it again. */
  reopen(): void;
  /** Opens a copy of its files as a crash at this moment would leave them. */
  crash(): EngineUnderTest;
}

/** Opens a new database, or the one that lies in a directory. */
export function engineUnderTest(directory: TemporaryDirectory = temporaryDirectory()): EngineUnderTest {
  const warnings: string[] = [];
  const open = (): StoreEngine => {
    const opened = openDatabase(directory.path);
    opened.database.pragma("synchronous = OFF"); // These tests pull no plug, and days of simulated time need not wait for the disk.
    return createStoreEngine(opened, (_, message) => void warnings.push(message));
  };
  let engine = open();
  return {
    directory: directory.path,
    warnings,
    engine: () => engine,
    commit(observations) {
      const entries = decodeCommitBatch(encodeCommitBatch(observations));
      engine.transaction("committing", () => engine.commit(entries));
    },
    maintain: (nowMs) => runToEnd(engine.maintain(nowMs)),
    history: (request) =>
      runToEnd(engine.history({ node: "neko", kind: "block_device", id: undefined, names: [], resolution: "auto", ...request })),
    restore: () => unpackRestoredPage(packRestoredRows(engine.restorePage(0, 100_000), 100_000)),
    reopen() {
      engine[Symbol.dispose]();
      engine = open();
    },
    crash() {
      const copy = temporaryDirectory();
      cpSync(directory.path, copy.path, { recursive: true });
      return engineUnderTest(copy);
    },
    [Symbol.dispose]: () => {
      engine[Symbol.dispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Runs steps without letting anything in between. */
export function runToEnd<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
