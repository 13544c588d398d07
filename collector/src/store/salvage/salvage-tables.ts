/** Copies every row that can be read from the pages of a damaged database into a new one. */
import type Database from "better-sqlite3";
import { checkedRow } from "./check-row.ts";
import type { PageOwners } from "./page-owners.ts";
import type { PageSource } from "./page-source.ts";
import { readRow, readTreePage } from "./read-page.ts";
import { readRecord } from "./read-record.ts";
import type { TableForm } from "./table-forms.ts";

/** What was found of a table. */
export interface CopiedTable {
  readonly savedRows: number;
  readonly damagedRows: number;
  readonly lostPages: number;
}

/** Copies one table, in one transaction. The new database must have its form or a newer one; its foreign keys must not be enforced yet. */
export function salvageTable(source: PageSource, owners: PageOwners, form: TableForm, into: Database.Database): CopiedTable {
  const columns = form.columns.map(({ name }) => name);
  const insert = into.prepare(
    `INSERT OR IGNORE INTO ${form.name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  let [savedRows, damagedRows, lostPages] = [0, 0, 0];
  const copy = into.transaction(() => {
    for (const number of owners.pagesOf(form.rootPage)) {
      const bytes = source.page(number);
      const page = readTreePage(bytes, number);
      if (bytes === undefined || page === undefined || page.tree !== (form.isKeyed ? "keys" : "table")) {
        lostPages += 1;
        continue;
      }
      if (page.tree === "table" && !page.isLeaf) continue; // Numbers only; the rows are below.
      for (const offset of page.cellOffsets) {
        const stored = readRow(source, bytes, page, offset);
        const record = stored === undefined ? undefined : readRecord(stored.payload);
        const values = stored === undefined || record === undefined ? undefined : checkedRow(form, stored.rowId, record);
        // A second row under the same key is what damage made of another.
        if (values === undefined || insert.run(...values).changes === 0) damagedRows += 1;
        else savedRows += 1;
      }
    }
  });
  copy();
  return { savedRows, damagedRows, lostPages };
}
