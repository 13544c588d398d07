/** The audit: who did what, and who was refused. */
import type { AuditRecord } from "@nodekeeper/shared/api";
import type Database from "better-sqlite3";
import type { AuditQuery, NewAuditRecord } from "../store.ts";

/** The table. */
export interface AuditTable {
  insert(record: NewAuditRecord): void;
  /** Newest first. */
  list(query: AuditQuery): readonly AuditRecord[];
  /** Drops records from before a time, at most so many; returns how many there were. */
  removeOld(beforeMs: number, limit: number): number;
  /** Drops the oldest of what was done, or of what was not, beyond the newest `keepCount`, at most `limit`; returns how many there were. */
  removeBeyond(isDone: boolean, keepCount: number, limit: number): number;
}

interface AuditRow {
  readonly id: number;
  readonly body: string;
}

/** Prepares its statements. */
export function createAuditTable(database: Database.Database): AuditTable {
  const insert = database.prepare<[number, number, string | null, string | null, string]>(
    "INSERT INTO audit (at_ms, is_done, actor_node, target_node, body) VALUES (?, ?, ?, ?, ?)",
  );
  const newest = "ORDER BY at_ms DESC, id DESC LIMIT ?";
  const select = database.prepare<[number, number, number], AuditRow>(
    `SELECT id, body FROM audit WHERE (at_ms, id) < (?, ?) ${newest}`,
  );
  const selectOfNode = database.prepare<{ node: string; atMs: number; id: number; limit: number }, AuditRow>(
    `SELECT id, body FROM audit WHERE (actor_node = :node OR target_node = :node) AND (at_ms, id) < (:atMs, :id)
       ORDER BY at_ms DESC, id DESC LIMIT :limit`,
  );
  const selectOne = database.prepare<[number], AuditRow>("SELECT id, body FROM audit WHERE id = ?");
  const removeOld = database.prepare<[number, number]>(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
  );
  const removeBeyond = database.prepare<[number, number, number]>(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE is_done = ? ORDER BY at_ms DESC, id DESC LIMIT ? OFFSET ?)",
  );
  return {
    insert(record) {
      const { actor, target, outcome, at } = record;
      const actorNode = actor.kind === "agent" ? actor.name : null;
      const targetNode = target.kind === "node" ? target.name : null;
      insert.run(Date.parse(at), outcome === "done" ? 1 : 0, actorNode, targetNode, JSON.stringify(record));
    },
    list({ node, id: wanted, before, limit }) {
      if (wanted !== undefined) return selectOne.all(wanted).map(parse);
      const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: 0 };
      return (node === undefined ? select.all(atMs, id, limit) : selectOfNode.all({ node, atMs, id, limit })).map(parse);
    },
    removeOld: (beforeMs, limit) => removeOld.run(beforeMs, limit).changes,
    removeBeyond: (isDone, keepCount, limit) => removeBeyond.run(isDone ? 1 : 0, limit, keepCount).changes,
  };
}

function parse({ id, body }: AuditRow): AuditRecord {
  // We wrote it ourselves, above.
  return { id, ...(JSON.parse(body) as NewAuditRecord) };
}
