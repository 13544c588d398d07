import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrations } from "../database/migrations.ts";
import { verifyDatabase } from "../database/verify-database.ts";
import { reading } from "../test-support/readings.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { openStore, type WorkerStore } from "../worker-store.ts";

const logger: Logger = createLogger("test", "silent");
const startMs = Date.UTC(2026, 10, 22, 10);

let directory: TemporaryDirectory;
let store: WorkerStore;
let file: string;

beforeEach(async () => {
  directory = temporaryDirectory();
  store = await openStore({ directory: join(directory.path, "data"), clock: systemClock, logger });
  file = join(directory.path, "backup.db");
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

function commit(first: number, count: number): Promise<void> {
  return store.commit(
    Array.from({ length: count }, (_, index) => reading({ sequence: first + index, atMs: startMs + (first + index) * 1000 })),
  );
}

/** Sequence numbers in the journal of a backup. */
function sequencesIn(backup: string): readonly number[] {
  const database = new Database(backup, { readonly: true });
  try {
    return database.prepare<[], number>("SELECT sequence FROM journal ORDER BY sequence").pluck().all();
  } finally {
    database.close();
  }
}

describe("a backup", () => {
  it("is one whole file for its owner alone, with all that was committed before it", async () => {
    await commit(1, 500);

    const made = await store.backup(file);

    expect(made).toEqual({ file, bytes: statSync(file).size });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory.path).toSorted()).toEqual(["backup.db", "data"]);
    expect(verifyDatabase(file, migrations.length, "whole")).toBe(migrations.length);
    expect(sequencesIn(file)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  });

  it("is of one moment while commits go on, and starts a store", { timeout: 60_000 }, async () => {
    await commit(1, 20_000);
    let isMade = false;
    const making = store.backup(file).finally(() => {
      isMade = true;
    });
    let last = 20_000;
    for (; !isMade; last += 1) await commit(last + 1, 1);
    await making;

    const sequences = sequencesIn(file);
    expect(sequences.length).toBeGreaterThanOrEqual(20_000);
    expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => index + 1));
    const other = join(directory.path, "other");
    mkdirSync(other);
    await store[Symbol.asyncDispose]();
    copyFileSync(file, join(other, "nodekeeper.db"));
    await using again = await openStore({ directory: other, clock: systemClock, logger });
    expect(await again.committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: sequences.length }]);
  });

  it("overwrites nothing", async () => {
    writeFileSync(file, "precious");

    await expect(store.backup(file)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("there already"),
    });

    expect(statSync(file).size).toBe(8);
  });

  it("says what to do where it cannot be written", async () => {
    const missing = store.backup(join(directory.path, "missing", "backup.db"));
    await expect(missing).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("make the folder first") });
    await expect(store.backup("backup.db")).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("absolute path"),
    });
    await expect(store.backup("/proc/backup.db")).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it.skipIf(process.getuid?.() === 0)("is refused by a folder that is not the collector's", async () => {
    const locked = join(directory.path, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);

    await expect(store.backup(join(locked, "backup.db"))).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("may not write"),
    });
  });

  it("takes the place of one that a crash left unfinished", async () => {
    writeFileSync(`${file}.unfinished`, "half of a backup");

    await store.backup(file);

    expect(existsSync(`${file}.unfinished`)).toBe(false);
    expect(verifyDatabase(file, migrations.length, "whole")).toBe(migrations.length);
  });

  it("is made one at a time", async () => {
    await commit(1, 5000);
    const first = store.backup(file);

    await expect(store.backup(`${file}.2`)).rejects.toMatchObject({ code: "CONFLICT" });

    await first;
    await expect(store.backup(`${file}.2`)).resolves.toMatchObject({ file: `${file}.2` });
  });

  it("is given up when the store is closed, and none is made afterwards", async () => {
    await commit(1, 5000);
    const making = store.backup(file).catch((thrown: unknown) => thrown);

    await store[Symbol.asyncDispose]();

    expect(await making).toMatchObject({ code: "ABORTED" });
    expect(readdirSync(directory.path)).toEqual(["data"]);
    await expect(store.backup(file)).rejects.toMatchObject({ message: "the store is closed" });
  });
});
