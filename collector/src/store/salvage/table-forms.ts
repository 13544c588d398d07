/** What the tables of a version of our database look like, and where their trees begin: asked of an empty one. */
import Database from "better-sqlite3";
import { migrate } from "../database/migrate.ts";
import { migrations } from "../database/migrations.ts";

/** A column. */
export interface ColumnForm {
  readonly name: string;
  readonly type: "INTEGER" | "TEXT" | "BLOB";
  readonly isNullable: boolean;
}

/** A table. */
export interface TableForm {
  readonly name: string;
  readonly rootPage: number;
  /** As they stand in a stored row. */
  readonly columns: readonly ColumnForm[];
  /** Index of the column that is the row's number and is not stored with it; undefined where the table has no such numbers. */
  readonly rowIdColumn: number | undefined;
  /** True where its rows lie in a tree of keys (WITHOUT ROWID). */
  readonly isKeyed: boolean;
}

/** The trees of a database. */
export interface DatabaseForm {
  readonly tables: readonly TableForm[];
  /** Roots of trees that hold nothing that is not in a table: indexes, and SQLite's own. */
  readonly otherRoots: readonly number[];
}

/**
 * The form of a version. A database that vacuums itself, as ours does, keeps the roots of its trees at its beginning in the order in which
 * they were made, whatever else is in it: they need not be read from a file whose first page is lost.
 */
export function formOfVersion(version: number): DatabaseForm {
  const database = new Database(":memory:");
  try {
    database.pragma("auto_vacuum = INCREMENTAL");
    migrate(database, migrations.slice(0, version));
    return readForm(database);
  } finally {
    database.close();
  }
}

/** The form of a whole database. */
export function readForm(database: Database.Database): DatabaseForm {
  const roots = database
    .prepare<[], { readonly type: string; readonly name: string; readonly root: number }>(
      "SELECT type, name, rootpage AS root FROM sqlite_schema WHERE rootpage > 0",
    )
    .all();
  const keyed = new Set(
    database.prepare<[], string>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr").pluck().all(),
  );
  const isOurs = ({ type, name }: { readonly type: string; readonly name: string }): boolean =>
    type === "table" && !name.startsWith("sqlite_");
  return {
    tables: roots.filter(isOurs).map(({ name, root }) => tableForm(database, name, root, keyed.has(name))),
    otherRoots: [1, ...roots.filter((row) => !isOurs(row)).map(({ root }) => root)],
  };
}

function tableForm(database: Database.Database, name: string, rootPage: number, isKeyed: boolean): TableForm {
  const columns = database
    .prepare<
      [string],
      { readonly name: string; readonly type: ColumnForm["type"]; readonly notnull: number; readonly pk: number }
    >('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
    .all(name);
  const rowIdColumn = columns.findIndex(({ pk, type }) => pk > 0 && type === "INTEGER");
  return {
    ...{ name, rootPage, isKeyed },
    columns: columns.map((column) => ({ name: column.name, type: column.type, isNullable: column.notnull === 0 })),
    rowIdColumn: isKeyed || rowIdColumn < 0 ? undefined : rowIdColumn,
  };
}
