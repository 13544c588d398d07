/** Nodes, as the state needs them after a restart. */
import type Database from "better-sqlite3";
import type { StoredNode } from "../store.ts";

/** The table. */
export interface NodesTable {
  save(node: StoredNode): void;
  list(): readonly StoredNode[];
  /** Removes nodes whose last contact was before a time. */
  removeSilent(beforeMs: number): void;
}

/** Prepares its statements. */
export function createNodesTable(database: Database.Database): NodesTable {
  const upsert = database.prepare<StoredNode>(
    `INSERT INTO nodes VALUES (@name, @machineId, @bootId, @epoch, @agentVersion, @firstSeenAtMs, @lastContactAtMs)
     ON CONFLICT DO UPDATE SET machine_id = excluded.machine_id, boot_id = excluded.boot_id, epoch = excluded.epoch,
       agent_version = excluded.agent_version, first_seen_ms = excluded.first_seen_ms, last_contact_ms = excluded.last_contact_ms`,
  );
  const select = database.prepare<[], StoredNode>(
    `SELECT name, machine_id AS machineId, boot_id AS bootId, epoch, agent_version AS agentVersion, first_seen_ms AS firstSeenAtMs,
       last_contact_ms AS lastContactAtMs FROM nodes`,
  );
  const removeSilent = database.prepare<[number]>("DELETE FROM nodes WHERE last_contact_ms < ?");
  return {
    save: (node) => void upsert.run(node),
    list: () => select.all(),
    removeSilent: (beforeMs) => void removeSilent.run(beforeMs),
  };
}
