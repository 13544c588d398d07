import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { migrations } from "../database/migrations.ts";
import { createDocumentsTable, type DocumentRow } from "./documents-table.ts";

function aTable() {
  const database = new Database(":memory:");
  for (const migration of migrations) database.exec(migration);
  return createDocumentsTable(database);
}

const row = (kind: string, id: string, body = "{}"): DocumentRow => ({ kind, id, changedMs: 1, body });

describe("documents", () => {
  it("are kept by kind and id, the last one of each", () => {
    const table = aTable();
    table.save(row("attention", "b"));
    table.save(row("attention", "a", '{"n":1}'));
    table.save(row("attention", "a", '{"n":2}'));
    table.save(row("told", "a"));

    expect(table.page({ kind: "attention", id: "" }, 10)).toEqual([row("attention", "a", '{"n":2}'), row("attention", "b")]);
  });

  it("come in pages, and go alone", () => {
    const table = aTable();
    for (const id of ["a", "b", "c"]) table.save(row("told", id));
    table.remove({ kind: "told", id: "b" });
    table.remove({ kind: "attention", id: "a" });

    expect(table.page({ kind: "told", id: "" }, 1).map(({ id }) => id)).toEqual(["a"]);
    expect(table.page({ kind: "told", id: "a" }, 1).map(({ id }) => id)).toEqual(["c"]);
  });
});
