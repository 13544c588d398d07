/** Databases as every version of the form left them, made by the programs of their time: two nodes, 28 hours, a reading every five minutes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { restoreDatabase } from "../backup/restore-database.ts";
import { salvageDatabase } from "../salvage/salvage-database.ts";
import { formOfVersion, readForm } from "../salvage/table-forms.ts";
import { engineUnderTest } from "../test-support/engine-under-test.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { migrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { verifyDatabase } from "./verify-database.ts";

const versions = [1, 2, 3, 4, 7];
const readings = 336;
const startMs = Date.UTC(2026, 10, 20);
const hourMs = 3_600_000;
const nowMs = startMs + 28 * hourMs;

/** A folder with the database of a version in it. */
function released(version: number): TemporaryDirectory & { readonly file: string } {
  const directory = temporaryDirectory();
  const file = join(directory.path, "nodekeeper.db");
  writeFileSync(file, gunzipSync(readFileSync(join(import.meta.dirname, "released", `v${version}.db.gz`))));
  return { ...directory, file };
}

function versionOf(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return Number(database.pragma("user_version", { simple: true }));
  } finally {
    database.close();
  }
}

/** The engine on it finds everything that was stored, and goes on. */
function expectWhole(directory: string, version: number): void {
  using store = engineUnderTest({ path: directory, [Symbol.dispose]: () => undefined });
  const engine = store.engine();
  expect(engine.listNodes().map(({ name }) => name)).toEqual(["neko", "panther"]);
  expect(engine.listFindings({ node: undefined, includeResolved: true, limit: 10 })).toHaveLength(1);
  expect(engine.listChanges({ node: undefined, before: undefined, limit: 10 })).toHaveLength(version >= 3 ? 2 : 0);
  for (const node of ["neko", "panther"]) expect(engine.committedSpans(node, "epoch-1")).toEqual([{ first: 1, last: readings }]);
  expect(store.restore()).toHaveLength(2);
  const history = store.history({
    ...{ node: "panther", names: ["temperature_celsius"], resolution: "raw", fromMs: startMs, toMs: nowMs },
  });
  const expected = Array.from({ length: readings }, (_, index) => 40 + ((index * 5) % 7));
  expect(history.series[0]?.average.filter((value) => value !== null)).toEqual(expected);
  store.maintain(nowMs + 2 * hourMs);
}

describe.each(versions)("a database of form %d", (version) => {
  it("is brought to the newest form with all that is in it, and a copy of it is kept", () => {
    using old = released(version);
    expect(versionOf(old.file)).toBe(version);

    {
      using open = openDatabase(old.path);
      expect(open.copyBeforeMigration).toBe(`${old.file}.v${version}`);
      // Its trees begin where those of a new one do: salvage counts on it.
      expect(readForm(open.database)).toEqual(formOfVersion(migrations.length));
    }

    expectWhole(old.path, version);
    expect(verifyDatabase(old.file, migrations.length, "whole")).toBe(migrations.length);
    expect(versionOf(`${old.file}.v${version}`)).toBe(version);
  });

  it("stays usable for its own program when a later migration fails", () => {
    using old = released(version);
    const broken = [...migrations, "CREATE TABLE half (id INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)"];

    expect(() => openDatabase(old.path, broken)).toThrow(expect.objectContaining({ code: "STORE_FAILED" }));

    expect(versionOf(old.file)).toBe(version);
    {
      using open = openDatabase(old.path, migrations.slice(0, version));
      expect(open.copyBeforeMigration).toBeUndefined();
      expect(open.database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get()).toBe(0);
    }
    expectWhole(old.path, version);
  });

  it("is named to its own program as the way back, after a newer one has migrated it", () => {
    using old = released(version);
    openDatabase(old.path)[Symbol.dispose]();
    const copy = `${old.file}.v${version}`;

    expect(() => openDatabase(old.path, migrations.slice(0, version))).toThrow(
      expect.objectContaining({
        code: "STORE_TOO_NEW",
        message: expect.stringContaining(`collector restore --data-dir ${old.path} --from ${copy}`),
      }),
    );

    expect(existsSync(copy)).toBe(true);
  });

  it("is salvaged and restored like one of the newest form", () => {
    using damaged = released(version);
    using old = released(version);
    using other = temporaryDirectory();

    const report = salvageDatabase(damaged.file, nowMs);
    restoreDatabase(join(other.path, "nodekeeper.db"), old.file, nowMs);

    for (const table of report.tables) expect(table).toMatchObject({ damagedRows: 0, orphanedRows: 0, lostPages: 0 });
    expectWhole(damaged.path, version);
    expectWhole(other.path, version);
  });
});
