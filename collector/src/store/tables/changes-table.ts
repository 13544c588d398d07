/** Changes of what nodes are made of. */
import type { Change } from "@nodekeeper/shared/api";
import type Database from "better-sqlite3";
import type { ChangesQuery, NewChange } from "../store.ts";

/** The table. */
export interface ChangesTable {
  insert(change: NewChange): void;
  /** Newest first. */
  list(query: ChangesQuery): readonly Change[];
  /** Drops changes from before a time, at most so many; returns how many there were. */
  removeOld(beforeMs: number, limit: number): number;
  /** Nodes of which there are more changes than this. */
  nodesWithMoreThan(count: number): readonly string[];
  /** Drops the oldest changes of a node beyond the newest `keepCount`, at most `limit`; returns how many there were. */
  removeBeyond(node: string, keepCount: number, limit: number): number;
}

interface ChangeRow {
  readonly id: number;
  readonly body: string;
}

/** Prepares its statements. */
export function createChangesTable(database: Database.Database): ChangesTable {
  const insert = database.prepare<[string, number, string]>("INSERT INTO changes (node, at_ms, body) VALUES (?, ?, ?)");
  const newest = "ORDER BY at_ms DESC, id DESC LIMIT ?";
  const select = database.prepare<[number, number, number], ChangeRow>(
    `SELECT id, body FROM changes WHERE (at_ms, id) < (?, ?) ${newest}`,
  );
  const selectOfNode = database.prepare<[string, number, number, number], ChangeRow>(
    `SELECT id, body FROM changes WHERE node = ? AND (at_ms, id) < (?, ?) ${newest}`,
  );
  const removeOld = database.prepare<[number, number]>(
    "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
  );
  const crowded = database
    .prepare<[number], string>("SELECT node FROM changes GROUP BY node HAVING count(*) > ? ORDER BY node")
    .pluck();
  const removeBeyond = database.prepare<[string, number, number]>(
    "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE node = ? ORDER BY at_ms DESC, id DESC LIMIT ? OFFSET ?)",
  );
  return {
    insert: ({ node, at, ...rest }) => void insert.run(node, Date.parse(at), JSON.stringify({ at, node, ...rest })),
    list({ node, before, limit }) {
      const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: 0 };
      return (node === undefined ? select.all(atMs, id, limit) : selectOfNode.all(node, atMs, id, limit)).map(parse);
    },
    removeOld: (beforeMs, limit) => removeOld.run(beforeMs, limit).changes,
    nodesWithMoreThan: (count) => crowded.all(count),
    removeBeyond: (node, keepCount, limit) => removeBeyond.run(node, limit, keepCount).changes,
  };
}

function parse({ id, body }: ChangeRow): Change {
  // We wrote it ourselves, above.
  return { id, ...(JSON.parse(body) as NewChange) };
}
