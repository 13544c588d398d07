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

/** A node as it lies in the table. */
interface NodeRow extends Omit<StoredNode, "goodbye"> {
  readonly goodbye: string | null;
}

/** Prepares its statements. */
export function createNodesTable(database: Database.Database): NodesTable {
  const upsert = database.prepare<NodeRow>(
    `INSERT INTO nodes (name, machine_id, boot_id, epoch, agent_version, first_seen_ms, last_contact_ms, goodbye)
     VALUES (@name, @machineId, @bootId, @epoch, @agentVersion, @firstSeenAtMs, @lastContactAtMs, @goodbye)
     ON CONFLICT DO UPDATE SET machine_id = excluded.machine_id, boot_id = excluded.boot_id, epoch = excluded.epoch,
       agent_version = excluded.agent_version, first_seen_ms = excluded.first_seen_ms, last_contact_ms = excluded.last_contact_ms,
       goodbye = excluded.goodbye`,
  );
  const select = database.prepare<[], NodeRow>(
    `SELECT name, machine_id AS machineId, boot_id AS bootId, epoch, agent_version AS agentVersion, first_seen_ms AS firstSeenAtMs,
       last_contact_ms AS lastContactAtMs, goodbye FROM nodes`,
  );
  const removeSilent = database.prepare<[number]>("DELETE FROM nodes WHERE last_contact_ms < ?");
  return {
    save: (node) => void upsert.run({ ...node, goodbye: node.goodbye ?? null }),
    list: () => select.all().map(({ goodbye, ...node }) => (goodbye === null ? node : { ...node, goodbye })),
    removeSilent: (beforeMs) => void removeSilent.run(beforeMs),
  };
}
