import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../database/migrations.ts";
import { openDatabase } from "../database/open-database.ts";
import { verifyDatabase } from "../database/verify-database.ts";
import { createAuditTable } from "../tables/audit-table.ts";
import { engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";
import { overwrite, pagesByTree, richDatabase, richUntilMs, rowsOf } from "../test-support/rich-database.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { finishSalvage, salvageDatabase } from "./salvage-database.ts";
import type { SalvageReport } from "./salvage-report.ts";
import { formOfVersion, readForm } from "./table-forms.ts";

const nowMs = Date.UTC(2026, 10, 23, 5, 15);
const pageBytes = 4096;

let closed: TemporaryDirectory;
let crashed: TemporaryDirectory;

beforeAll(() => {
  closed = richDatabase();
  crashed = richDatabase(true);
}, 120_000);

afterAll(() => {
  closed[Symbol.dispose]();
  crashed[Symbol.dispose]();
});

/** A copy to be damaged. */
function copyOf(original: TemporaryDirectory): TemporaryDirectory & { readonly file: string } {
  const copy = temporaryDirectory();
  cpSync(original.path, copy.path, { recursive: true });
  return { ...copy, file: join(copy.path, "nodekeeper.db") };
}

/** What the report says of a table. */
function ofTable(report: SalvageReport, name: string): SalvageReport["tables"][number] | undefined {
  return report.tables.find((table) => table.name === name);
}

/** The rows of a whole database: that of a crash is read after SQLite has worked its log in. */
function truth(original: TemporaryDirectory): ReadonlyMap<string, readonly string[]> {
  using copy = copyOf(original);
  return rowsOf(copy.file);
}

/** Rows but for marks that a salvage may set anew. */
function expectSameRows(file: string, expected: ReadonlyMap<string, readonly string[]>): void {
  for (const [table, rows] of rowsOf(file)) {
    if (table === "audit") expect(rows, table).toEqual(expect.arrayContaining([...(expected.get(table) ?? [])]));
    else if (table !== "journal" && table !== "streams") expect(rows, table).toEqual(expected.get(table));
    else expect(rows.length, table).toBe(expected.get(table)?.length);
  }
}

/** The collector's engine starts on it, reads all of it, and goes on. */
function expectWorks(directory: TemporaryDirectory): void {
  using store = engineUnderTest({ path: directory.path, [Symbol.dispose]: () => undefined });
  const before = store.restore().length;
  store.commit([reading({ node: "newcomer", epoch: "after", sequence: 1, atMs: richUntilMs + 60_000, values: [1, 2] })]);
  store.maintain(richUntilMs + 7_200_000);
  for (const node of ["node-3", "newcomer"]) store.history({ node, fromMs: 0, toMs: richUntilMs + 7_200_000 });
  expect(store.restore()).toHaveLength(before + 1);
  expect(store.engine().committedSpans("newcomer", "after")).toEqual([{ first: 1, last: 1 }]);
}

describe("a database that is whole", () => {
  it("is salvaged without a loss, and kept aside unchanged", () => {
    using copy = copyOf(closed);
    const bytes = readFileSync(copy.file);

    const report = salvageDatabase(copy.file, nowMs);

    expect(report.keptAside).toBe(`${copy.file}.damaged-20261123T051500Z`);
    expect(readFileSync(report.keptAside)).toEqual(bytes);
    expect(report.strayPages).toBe(0);
    for (const table of report.tables) expect(table).toMatchObject({ damagedRows: 0, orphanedRows: 0, lostPages: 0 });
    expectSameRows(copy.file, truth(closed));
    expect(statSync(copy.file).mode & 0o777).toBe(0o600);
    expectWorks(copy);
  });

  it("is salvaged with what is only in its log", () => {
    using copy = copyOf(crashed);
    expect(statSync(`${copy.file}-wal`).size).toBeGreaterThan(pageBytes);

    const report = salvageDatabase(copy.file, nowMs);

    expectSameRows(copy.file, truth(crashed));
    expect(existsSync(`${report.keptAside}-wal`)).toBe(true);
    expectWorks(copy);
  });

  it("has its roots where an empty one of its version has them", () => {
    const database = new Database(join(closed.path, "nodekeeper.db"), { readonly: true });
    const form = readForm(database);
    database.close();

    expect(form).toEqual(formOfVersion(migrations.length));
    expect(form.tables.length).toBeGreaterThan(15);
  });
});

describe("a database", () => {
  it.each([
    { name: "whose head is zero", bytes: 100 },
    { name: "whose first page is zero", bytes: pageBytes },
    { name: "whose first two pages are zero", bytes: 2 * pageBytes },
  ])("$name loses nothing", ({ bytes }) => {
    using copy = copyOf(closed);
    overwrite(copy.file, new Uint8Array(bytes), 0);
    expect(() => openDatabase(copy.path)).toThrow(
      expect.objectContaining({ code: "STORE_CORRUPT", message: expect.stringContaining("collector salvage --data-dir") }),
    );

    salvageDatabase(copy.file, nowMs);

    expectSameRows(copy.file, truth(closed));
    expectWorks(copy);
  });

  it("that lost all pages above its leaves loses nothing", () => {
    using copy = copyOf(closed);
    const above = [...pagesByTree(copy.file).values()].flat().filter(({ kind }) => kind === "internal");
    expect(above.length).toBeGreaterThan(5);
    // In a tree of keys they hold rows.
    const keyed = new Set(
      ["findings", "nodes", "inventories", "onboardings", "documents", "meta"].flatMap(
        (name) => pagesByTree(copy.file).get(name) ?? [],
      ),
    );
    const lost = above.filter(({ number }) => number > 1 && ![...keyed].some((page) => page.number === number));
    for (const { number } of lost) overwrite(copy.file, new Uint8Array(pageBytes).fill(0xa5), (number - 1) * pageBytes);

    salvageDatabase(copy.file, nowMs);

    expectSameRows(copy.file, truth(closed));
  });

  it("that lost a leaf loses its rows, and says so", () => {
    using copy = copyOf(closed);
    const leaf = pagesByTree(copy.file)
      .get("changes")
      ?.find(({ kind }) => kind === "leaf");
    overwrite(copy.file, new Uint8Array(pageBytes).fill(0xa5), ((leaf?.number ?? 0) - 1) * pageBytes);

    const report = salvageDatabase(copy.file, nowMs);

    const expected = truth(closed);
    const before = new Set(expected.get("changes"));
    const after = rowsOf(copy.file).get("changes") ?? [];
    expect(ofTable(report, "changes")).toMatchObject({ lostPages: 1, damagedRows: 0, savedRows: after.length });
    expect(after.length).toBeLessThan(before.size);
    expect(after.every((row) => before.has(row))).toBe(true);
    expect(rowsOf(copy.file).get("findings")).toEqual(expected.get("findings"));
    const database = new Database(copy.file, { readonly: true });
    const audit = createAuditTable(database).list({ before: undefined, limit: 1 });
    database.close();
    expect(audit).toMatchObject([{ action: "database.salvage", detail: "a part is lost of changes" }]);
  });

  it("whose end is cut off keeps what comes before it", () => {
    using copy = copyOf(closed);
    truncateSync(copy.file, Math.floor(statSync(copy.file).size / pageBytes / 2) * pageBytes + 100);

    const report = salvageDatabase(copy.file, nowMs);

    expect(report.tables.reduce((sum, { savedRows }) => sum + savedRows, 0)).toBeGreaterThan(500);
    expect(ofTable(report, "nodes")?.savedRows).toBe(40);
    expectWorks(copy);
  });

  it("without a probe of its nodes loses what only that gives a meaning, rather than let another have it", () => {
    using copy = copyOf(closed);
    for (const { number, kind } of pagesByTree(copy.file).get("streams") ?? []) {
      if (kind === "leaf") overwrite(copy.file, new Uint8Array(pageBytes), (number - 1) * pageBytes);
    }

    const report = salvageDatabase(copy.file, nowMs);

    expect(ofTable(report, "raw_chunks")).toMatchObject({ savedRows: 0, lostPages: 0, damagedRows: 0 });
    expect(ofTable(report, "raw_chunks")?.orphanedRows).toBeGreaterThan(50);
    expect(ofTable(report, "audit")).toMatchObject({ savedRows: 400 });
    expectWorks(copy);
  });
});

describe("a salvage that was killed", () => {
  it("before its new database has its name, is refused at a start, and ended by the next", () => {
    using copy = copyOf(crashed);
    using done = copyOf(crashed);
    salvageDatabase(done.file, nowMs);
    // The damaged database has its new name already, its log has not.
    renameSync(copy.file, `${copy.file}.damaged-x`);
    cpSync(done.file, `${copy.file}.salvaged`);

    for (const _ of ["with the log", "without it"]) {
      expect(() => openDatabase(copy.path)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
      rmSync(`${copy.file}-shm`, { force: true });
      if (existsSync(`${copy.file}-wal`)) renameSync(`${copy.file}-wal`, `${copy.file}.damaged-x-wal`);
    }
    expect(() => openDatabase(copy.path)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("collector salvage was interrupted before its end. Run it again"),
      }),
    );
    expect(finishSalvage(copy.file, nowMs)).toBe(true);

    expectSameRows(copy.file, truth(crashed));
    expect(finishSalvage(copy.file, nowMs)).toBe(false);
  });

  it("before that, begins anew", () => {
    using copy = copyOf(closed);
    writeFileSync(`${copy.file}.salvaged`, "half of a database");

    expect(finishSalvage(copy.file, nowMs)).toBe(false);
    salvageDatabase(copy.file, nowMs);

    expectSameRows(copy.file, truth(closed));
    expect(existsSync(`${copy.file}.salvaged`)).toBe(false);
  });
});

describe("what is no database of ours", () => {
  it("is refused and left as it is", () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "nodekeeper.db");
    const other = new Database(file);
    other.exec("PRAGMA application_id = 7; CREATE TABLE shopping (item TEXT)");
    other.close();
    const bytes = readFileSync(file);

    expect(() => salvageDatabase(file, nowMs)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));

    expect(readdirSync(directory.path)).toEqual(["nodekeeper.db"]);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it("is refused where it is newer", () => {
    using copy = copyOf(closed);
    const newer = new Database(copy.file);
    newer.pragma(`user_version = ${migrations.length + 1}`);
    newer.close();

    expect(() => salvageDatabase(copy.file, nowMs)).toThrow(expect.objectContaining({ code: "STORE_TOO_NEW" }));
    expect(existsSync(`${copy.file}.salvaged`)).toBe(false);
  });

  it("gives an empty database where nothing in it can be read", () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "nodekeeper.db");
    writeFileSync(file, "This is a shopping list, not a database.\n".repeat(2000));

    const report = salvageDatabase(file, nowMs);

    expect(report.tables.every(({ savedRows }) => savedRows === 0)).toBe(true);
    expect(verifyDatabase(file, migrations.length, "whole")).toBe(migrations.length);
    expectWorks(directory);
  });

  it("is nothing where there is no database", () => {
    using directory = temporaryDirectory();

    expect(() => salvageDatabase(join(directory.path, "nodekeeper.db"), nowMs)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining("nothing to salvage") }),
    );
  });
});
