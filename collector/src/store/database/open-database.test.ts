import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { migrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

let directory: TemporaryDirectory;
let file: string;

beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, "nodekeeper.db");
});

afterEach(() => directory[Symbol.dispose]());

/** A database with something in it, closed well: some hundred pages. */
function makeDatabase(): void {
  using open = openDatabase(directory.path);
  const insert = open.database.prepare("INSERT INTO layouts (hash, keys, last_used_ms) VALUES (?, ?, 0)");
  for (let index = 0; index < 500; index += 1) insert.run(Buffer.from(`hash ${index}`), Buffer.alloc(1000, index));
}

/** What happens when it is opened: the error, and whether all files are as they were. */
function refusal(): { readonly error: unknown; readonly isUntouched: boolean } {
  const before = contents();
  try {
    openDatabase(directory.path)[Symbol.dispose]();
    return { error: undefined, isUntouched: false };
  } catch (error) {
    return { error, isUntouched: [...before].every(([name, bytes]) => contents().get(name)?.equals(bytes)) };
  }
}

function contents(): ReadonlyMap<string, Buffer> {
  return new Map(readdirSync(directory.path).map((name) => [name, readFileSync(join(directory.path, name))]));
}

/** Overwrites bytes in the middle of each of some pages. */
function damage(pages: readonly number[]): void {
  const descriptor = openSync(file, "r+");
  for (const page of pages) writeSync(descriptor, Buffer.alloc(64, 0xa5), 0, 64, page * 4096 + 8);
  closeSync(descriptor);
}

describe("openDatabase", () => {
  it("makes a database that only its owner may read", () => {
    const nested = join(directory.path, "data", "deep");

    using open = openDatabase(nested);

    expect(open.database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(open.database.pragma("synchronous", { simple: true })).toBe(2);
    expect(open.database.pragma("foreign_keys", { simple: true })).toBe(1);
    expect(open.database.pragma("auto_vacuum", { simple: true })).toBe(2);
    expect(open.database.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(readFileSync(open.files.database).length).toBeGreaterThan(0);
  });

  it("opens its own database again", () => {
    makeDatabase();

    using open = openDatabase(directory.path);

    expect(open.database.prepare("SELECT count(*) FROM layouts").pluck().get()).toBe(500);
    expect(open.copyBeforeMigration).toBeUndefined();
  });

  it("starts anew in an empty file that a first start left behind", () => {
    writeFileSync(file, "");

    using open = openDatabase(directory.path);

    expect(open.database.prepare("SELECT count(*) FROM nodes").pluck().get()).toBe(0);
  });

  it("refuses a second collector, and lets it in when the first is gone", () => {
    const first = openDatabase(directory.path);

    expect(() => openDatabase(directory.path)).toThrow(
      expect.objectContaining({ code: "STORE_IN_USE", message: expect.stringContaining(directory.path) }),
    );
    first[Symbol.dispose]();
    expect(() => openDatabase(directory.path)[Symbol.dispose]()).not.toThrow();
  });

  it("says what to do where the directory cannot be made", () => {
    writeFileSync(join(directory.path, "file"), "");

    expect(() => openDatabase(join(directory.path, "file", "data"))).toThrow(
      expect.objectContaining({ code: "DIRECTORY_NOT_WRITABLE", message: expect.stringContaining("--data-dir") }),
    );
  });
});

describe("a damaged database", () => {
  it.each([
    { name: "bytes flipped in its pages", harm: () => damage([20, 40, 60, 80]) },
    { name: "its schema overwritten", harm: () => damage([0]) },
    { name: "its end cut off", harm: () => truncateSync(file, 4096 * 30 + 100) },
    { name: "text in its place", harm: () => writeFileSync(file, "This is a shopping list, not a database.\n".repeat(200)) },
    { name: "a few bytes in its place", harm: () => writeFileSync(file, "x") },
  ])("with $name is refused, left as it is, and a new one can be made beside it", ({ harm }) => {
    makeDatabase();
    harm();

    const { error, isUntouched } = refusal();

    expect(error).toMatchObject({ code: "STORE_CORRUPT" });
    expect(String(error)).toContain(file);
    expect(String(error)).toContain("collector salvage --data-dir");
    expect(isUntouched).toBe(true);
    moveAway();
    expect(() => openDatabase(directory.path)[Symbol.dispose]()).not.toThrow();
  });

  it("without its main file is refused, since SQLite would delete the log", () => {
    writeFileSync(`${file}-wal`, "what was not yet in the database");

    const { error, isUntouched } = refusal();

    expect(error).toMatchObject({ code: "STORE_CORRUPT" });
    expect(String(error)).toContain(`${file}-wal still holds data`);
    expect(isUntouched).toBe(true);
  });

  it("of another program is refused", () => {
    const other = new Database(file);
    other.exec("CREATE TABLE shopping (item TEXT)");
    other.close();

    const { error, isUntouched } = refusal();

    expect(error).toMatchObject({ code: "STORE_CORRUPT" });
    expect(String(error)).toContain("another program");
    expect(isUntouched).toBe(true);
  });
});

describe("a database of another version", () => {
  it("that is newer is refused with what to do", () => {
    makeDatabase();
    const newer = new Database(file);
    newer.pragma(`user_version = ${migrations.length + 3}`);
    newer.close();

    const { error, isUntouched } = refusal();

    expect(error).toMatchObject({ code: "STORE_TOO_NEW" });
    expect(String(error)).toContain("install that version");
    expect(isUntouched).toBe(true);
  });

  it("that is older is migrated, and a copy of it is kept", () => {
    makeDatabase();
    const newForm = [...migrations, "CREATE TABLE a_later_one (id INTEGER PRIMARY KEY) STRICT"];

    using open = openDatabase(directory.path, newForm);

    expect(open.copyBeforeMigration).toBe(`${file}.v${migrations.length}`);
    expect(open.database.pragma("user_version", { simple: true })).toBe(newForm.length);
    expect(open.database.prepare("SELECT count(*) FROM a_later_one").pluck().get()).toBe(0);
    const copy = new Database(`${file}.v${migrations.length}`, { readonly: true });
    expect(copy.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(copy.prepare("SELECT count(*) FROM layouts").pluck().get()).toBe(500);
    copy.close();
  });

  it("stays as it was when a migration fails, and can be migrated later", () => {
    makeDatabase();
    const broken = [...migrations, "CREATE TABLE a_later_one (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)"];

    expect(() => openDatabase(directory.path, broken)).toThrow(expect.objectContaining({ code: "STORE_FAILED" }));

    using open = openDatabase(directory.path);
    expect(open.database.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(open.database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'a_later_one'").pluck().get()).toBe(0);
    expect(existsSync(`${file}.v${migrations.length}`)).toBe(true);
  });
});

function moveAway(): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(file + suffix)) renameSync(file + suffix, `${file}${suffix}.old`);
  }
}
