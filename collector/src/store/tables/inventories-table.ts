/** What is remembered of the equipment of nodes. The table does not look into it. */
import type Database from "better-sqlite3";

/** What is remembered of a node. */
export interface InventoryRow {
  readonly node: string;
  /** JSON of a NodeInventory. */
  readonly body: string;
}

/** The table. */
export interface InventoriesTable {
  /** In place of what was remembered before. */
  save(row: InventoryRow): void;
  remove(node: string): void;
  /** In the order of names, those after a name, at most so many. */
  page(afterNode: string, limit: number): readonly InventoryRow[];
  /** Drops those of nodes that are forgotten. */
  removeOrphans(): void;
}

/** Prepares its statements. */
export function createInventoriesTable(database: Database.Database): InventoriesTable {
  const upsert = database.prepare<InventoryRow>("INSERT OR REPLACE INTO inventories VALUES (@node, @body)");
  const page = database.prepare<[string, number], InventoryRow>(
    "SELECT node, body FROM inventories WHERE node > ? ORDER BY node LIMIT ?",
  );
  const remove = database.prepare<[string]>("DELETE FROM inventories WHERE node = ?");
  const removeOrphans = database.prepare("DELETE FROM inventories WHERE node NOT IN (SELECT name FROM nodes)");
  return {
    save: (row) => void upsert.run(row),
    remove: (node) => void remove.run(node),
    page: (afterNode, limit) => page.all(afterNode, limit),
    removeOrphans: () => void removeOrphans.run(),
  };
}
