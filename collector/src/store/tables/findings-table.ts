/** Findings: what holds now, and what held once. */

import type { Finding } from "@nodekeeper/shared/api";
import type Database from "better-sqlite3";

/** Which findings are asked for. */
export interface FindingsQuery {
  /** Undefined: all nodes. */
  readonly node: string | undefined;
  readonly includeResolved: boolean;
  readonly limit: number;
  /** Only the one of this id, whatever else is asked. */
  readonly id?: string;
  /** Only those that were resolved in this time; the ones that were resolved last come first. */
  readonly resolved?: { readonly fromMs: number | undefined; readonly untilMs: number | undefined };
}

/** The table. */
export interface FindingsTable {
  save(finding: Finding): void;
  /** Newest first. */
  list(query: FindingsQuery): readonly Finding[];
  /** Drops findings that were resolved before a time, at most so many; returns how many there were. */
  removeResolved(beforeMs: number, limit: number): number;
}

/** Prepares its statements. */
export function createFindingsTable(database: Database.Database): FindingsTable {
  const upsert = database.prepare<[string, number, string, number, number | null, string]>(
    `INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET node = excluded.node, since_ms = excluded.since_ms,
       resolved_at_ms = excluded.resolved_at_ms, body = excluded.body`,
  );
  const selectPast = database.prepare<[string, number], { readonly since: number; readonly body: string }>(
    "SELECT pending_since_ms AS since, body FROM findings WHERE id = ? AND pending_since_ms < ? AND resolved_at_ms IS NULL",
  );
  const select = (where: string): Database.Statement<unknown[], string> =>
    database.prepare<unknown[], string>(`SELECT body FROM findings WHERE ${where} ORDER BY since_ms DESC, id LIMIT ?`).pluck();
  const selectOpen = select("resolved_at_ms IS NULL");
  const selectAll = select("TRUE");
  const selectOpenOfNode = select("resolved_at_ms IS NULL AND node = ?");
  const selectAllOfNode = select("node = ?");
  const selectOne = select("id = ?");
  const selectResolved = database
    .prepare<{ node: string | null; fromMs: number; untilMs: number; limit: number }, string>(
      `SELECT body FROM findings WHERE resolved_at_ms >= :fromMs AND resolved_at_ms < :untilMs AND (:node IS NULL OR node = :node)
         ORDER BY resolved_at_ms DESC, id LIMIT :limit`,
    )
    .pluck();
  const remove = database.prepare<[number, number]>(
    "DELETE FROM findings WHERE (id, pending_since_ms) IN (SELECT id, pending_since_ms FROM findings WHERE resolved_at_ms < ? LIMIT ?)",
  );

  function write(finding: Finding): void {
    const pendingMs = Date.parse(finding.pendingSince);
    const sinceMs = finding.firingSince === undefined ? pendingMs : Date.parse(finding.firingSince);
    const resolvedMs = finding.state === "resolved" ? Date.parse(finding.resolvedAt ?? finding.pendingSince) : null;
    upsert.run(finding.id, pendingMs, finding.node, sinceMs, resolvedMs, JSON.stringify(finding));
  }

  return {
    save(finding) {
      // A life of the same id that nobody ended (the collector was killed before it could say so) ended when this one began, at the latest.
      for (const { body } of selectPast.all(finding.id, Date.parse(finding.pendingSince))) {
        write({ ...parse(body), state: "resolved", resolvedAt: finding.pendingSince });
      }
      write(finding);
    },
    list({ node, includeResolved, limit, id, resolved }) {
      if (id !== undefined) return selectOne.all(id, limit).map(parse);
      if (resolved !== undefined) {
        const { fromMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = resolved;
        return selectResolved.all({ node: node ?? null, fromMs, untilMs, limit }).map(parse);
      }
      if (node === undefined) return (includeResolved ? selectAll : selectOpen).all(limit).map(parse);
      return (includeResolved ? selectAllOfNode : selectOpenOfNode).all(node, limit).map(parse);
    },
    removeResolved: (beforeMs, limit) => remove.run(beforeMs, limit).changes,
  };
}

function parse(body: string): Finding {
  // We wrote it ourselves, above.
  return JSON.parse(body) as Finding;
}
