/** A real store in a directory of its own for a measurement, and how numbers are summed up. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { openStore, type WorkerStore } from "../../../collector/src/store/worker-store.ts";

/** A store that can be closed and opened again; disposing removes its directory. */
export interface BenchStore extends AsyncDisposable {
  readonly directory: string;
  store(): WorkerStore;
  /** Returns how long opening took. */
  reopen(): Promise<number>;
  databaseBytes(): number;
}

/** Makes an empty one. */
export async function createBenchStore(): Promise<BenchStore> {
  const directory = mkdtempSync(join(tmpdir(), "nodekeeper-bench-store-"));
  const options = { directory, clock: systemClock, logger: createLogger("bench", "warn") };
  let store = await openStore(options);
  return {
    directory,
    store: () => store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      const startedAtMs = systemClock.monotonicMs();
      store = await openStore(options);
      return systemClock.monotonicMs() - startedAtMs;
    },
    databaseBytes: () => statSync(join(directory, "nodekeeper.db")).size,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** How long something took, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - startedAtMs;
}

/** The value below which a share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Milliseconds for a table. */
export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

/** A row of the table that main.ts prints. */
export interface BenchRow {
  readonly what: string;
  readonly value: string;
}
