import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger, systemClock } from "@nodekeeper/shared";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrations } from "../database/migrations.ts";
import { engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";
import { overwrite } from "../test-support/rich-database.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { openStore } from "../worker-store.ts";
import { restoreDatabase } from "./restore-database.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const nowMs = Date.UTC(2026, 10, 23, 5, 15);
const logger = createLogger("test", "silent");

let directory: TemporaryDirectory;
let file: string;
let backup: string;

/** A store that committed 100 observations, was backed up, and committed 50 more. */
beforeEach(async () => {
  directory = temporaryDirectory();
  file = join(directory.path, "nodekeeper.db");
  backup = join(directory.path, "backup.db");
  await using store = await openStore({ directory: directory.path, clock: systemClock, logger });
  await store.saveNodes([{ ...aNode, name: "neko" }]);
  await store.commit(observations(1, 100));
  await store.backup(backup);
  await store.commit(observations(101, 150));
});

afterEach(() => directory[Symbol.dispose]());

const aNode = {
  machineId: "m",
  bootId: "b",
  epoch: "epoch-1",
  agentVersion: "1",
  firstSeenAtMs: startMs,
  lastContactAtMs: startMs,
};

function observations(first: number, last: number): readonly ReturnType<typeof reading>[] {
  return Array.from({ length: last - first + 1 }, (_, index) =>
    reading({ sequence: first + index, atMs: startMs + (first + index) * 1000 }),
  );
}

/** The last committed sequence of the database that lies there now. */
function lastCommitted(path = directory.path): number | undefined {
  using store = engineUnderTest({ path, [Symbol.dispose]: () => undefined });
  return store.engine().committedSpans("neko", "epoch-1").at(-1)?.last;
}

/** All files with their content. */
function contents(): ReadonlyMap<string, string> {
  return new Map(readdirSync(directory.path).map((name) => [name, readFileSync(join(directory.path, name)).toString("base64")]));
}

describe("restoring a backup", () => {
  it("puts it in the place of the database, which is kept", () => {
    const before = readFileSync(file);

    const restored = restoreDatabase(file, backup, nowMs);

    expect(restored).toEqual({
      ...{ keptAside: `${file}.replaced-20261123T051500Z`, nodeCount: 1, newestAtMs: startMs + 100_000 + 40 },
    });
    expect(readFileSync(restored.keptAside ?? "")).toEqual(before);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(lastCommitted()).toBe(100);
    using store = engineUnderTest({ path: directory.path, [Symbol.dispose]: () => undefined });
    expect(store.engine().listAudit({ before: undefined, limit: 10 })).toMatchObject([
      { action: "database.restore", detail: expect.stringContaining("observations up to 2026-11-22T10:01:40") },
    ]);
    expect(existsSync(backup)).toBe(true);
  });

  it("keeps the log of the database beside it", () => {
    const crashed = engineUnderTest({ path: directory.path, [Symbol.dispose]: () => undefined });
    crashed.commit(observations(151, 160));
    using other = temporaryDirectory();
    for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, join(other.path, `nodekeeper.db${suffix}`));
    crashed[Symbol.dispose]();
    const target = join(other.path, "nodekeeper.db");

    const { keptAside } = restoreDatabase(target, backup, nowMs);

    expect(existsSync(`${target}-wal`)).toBe(false);
    expect(existsSync(`${keptAside}-wal`)).toBe(true);
    expect(lastCommitted(other.path)).toBe(100);
  });

  it("needs no database to be there", () => {
    using other = temporaryDirectory();

    const restored = restoreDatabase(join(other.path, "nodekeeper.db"), backup, nowMs);

    expect(restored.keptAside).toBeUndefined();
    expect(lastCommitted(other.path)).toBe(100);
  });

  it("takes a database that was copied by hand with its log", () => {
    using other = temporaryDirectory();
    const running = engineUnderTest({ path: directory.path, [Symbol.dispose]: () => undefined });
    running.commit(observations(151, 160));
    for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, join(other.path, `by-hand.db${suffix}`));
    running[Symbol.dispose]();

    restoreDatabase(file, join(other.path, "by-hand.db"), nowMs);

    expect(lastCommitted()).toBe(160);
    expect(existsSync(`${file}.restored-wal`)).toBe(false);
  });

  it("never takes the same name twice", () => {
    const first = restoreDatabase(file, backup, nowMs);
    const second = restoreDatabase(file, backup, nowMs);

    expect(second.keptAside).toBe(`${first.keptAside}-2`);
    expect(existsSync(first.keptAside ?? "")).toBe(true);
  });
});

describe("a backup that cannot be restored", () => {
  it.each([
    { name: "damaged", harm: () => overwrite(backup, new Uint8Array(64).fill(0xa5), 2 * 4096), code: "STORE_CORRUPT" },
    { name: "cut off", harm: () => truncateSync(backup, 3 * 4096 + 5), code: "STORE_CORRUPT" },
    { name: "no database", harm: () => writeFileSync(backup, "a shopping list ".repeat(500)), code: "STORE_CORRUPT" },
    { name: "empty", harm: () => writeFileSync(backup, ""), code: "STORE_CORRUPT" },
    { name: "newer", harm: () => setVersion(backup, migrations.length + 1), code: "STORE_TOO_NEW" },
    { name: "another program's", harm: () => makeForeign(backup), code: "STORE_CORRUPT" },
  ])("is refused where it is $name, and nothing is changed", ({ harm, code }) => {
    harm();
    const before = contents();

    expect(() => restoreDatabase(file, backup, nowMs)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(backup) }),
    );

    expect(contents()).toEqual(before);
  });

  it("is named where it is not there, or is the database itself", () => {
    for (const from of [join(directory.path, "missing.db"), join(directory.path, ".", "nodekeeper.db")]) {
      expect(() => restoreDatabase(file, from, nowMs)).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(`--from: ${from}`) }),
      );
    }
  });
});

function setVersion(path: string, version: number): void {
  const database = new Database(path);
  database.pragma(`user_version = ${version}`);
  database.close();
}

function makeForeign(path: string): void {
  writeFileSync(path, "");
  const database = new Database(path);
  database.exec("CREATE TABLE shopping (item TEXT)");
  database.close();
}
