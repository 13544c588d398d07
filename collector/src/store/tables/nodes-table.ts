/** Nodes, as the state needs them after a restart. */
import type Database from "better-sqlite3";
import type { NodeProof } from "../../state/node-proof.ts";
import type { StoredNode } from "../store.ts";

/** The table. */
export interface NodesTable {
  save(node: StoredNode): void;
  /** Whose the name is by its last record. */
  find(name: string): Pick<StoredNode, "machineId" | "epoch"> | undefined;
  remove(name: string): void;
  list(): readonly StoredNode[];
  /** Removes nodes whose last contact was before a time. */
  removeSilent(beforeMs: number): void;
}

/** A node as it lies in the table. */
interface NodeRow extends Omit<StoredNode, "goodbye" | "isIntermittent" | "proof" | "losses"> {
  readonly goodbye: string | null;
  readonly isIntermittent: number | null;
  /** E.g. proven/cluster. */
  readonly proof: string | null;
  readonly losses: string | null;
}

/** Prepares its statements. */
export function createNodesTable(database: Database.Database): NodesTable {
  const upsert = database.prepare<NodeRow>(
    `INSERT INTO nodes (name, machine_id, boot_id, epoch, agent_version, first_seen_ms, last_contact_ms, goodbye, is_intermittent, proof,
       losses)
     VALUES (@name, @machineId, @bootId, @epoch, @agentVersion, @firstSeenAtMs, @lastContactAtMs, @goodbye, @isIntermittent, @proof,
       @losses)
     ON CONFLICT DO UPDATE SET machine_id = excluded.machine_id, boot_id = excluded.boot_id, epoch = excluded.epoch,
       agent_version = excluded.agent_version, first_seen_ms = excluded.first_seen_ms, last_contact_ms = excluded.last_contact_ms,
       goodbye = excluded.goodbye, is_intermittent = excluded.is_intermittent, proof = excluded.proof, losses = excluded.losses`,
  );
  const select = database.prepare<[], NodeRow>(
    `SELECT name, machine_id AS machineId, boot_id AS bootId, epoch, agent_version AS agentVersion, first_seen_ms AS firstSeenAtMs,
       last_contact_ms AS lastContactAtMs, goodbye, is_intermittent AS isIntermittent, proof, losses FROM nodes`,
  );
  const find = database.prepare<[string], Pick<StoredNode, "machineId" | "epoch">>(
    "SELECT machine_id AS machineId, epoch FROM nodes WHERE name = ?",
  );
  const remove = database.prepare<[string]>("DELETE FROM nodes WHERE name = ?");
  const removeSilent = database.prepare<[number]>("DELETE FROM nodes WHERE last_contact_ms < ?");
  return {
    save: ({ goodbye = null, isIntermittent = false, proof, losses = [], ...node }) => {
      const texts = { proof: proofText(proof), losses: losses.length === 0 ? null : JSON.stringify(losses) };
      upsert.run({ ...node, goodbye, isIntermittent: isIntermittent ? 1 : 0, ...texts });
    },
    find: (name) => find.get(name),
    list: () => select.all().map(nodeOf),
    remove: (name) => void remove.run(name),
    removeSilent: (beforeMs) => void removeSilent.run(beforeMs),
  };
}

function nodeOf({ goodbye, isIntermittent, proof, losses, ...node }: NodeRow): StoredNode {
  const known = parseProof(proof);
  return {
    ...node,
    ...(goodbye === null ? {} : { goodbye }),
    ...(isIntermittent === 1 ? { isIntermittent: true } : {}),
    ...(known === undefined ? {} : { proof: known }),
    ...(losses === null ? {} : { losses: JSON.parse(losses) }), // `save` wrote it
  };
}

function proofText(proof: NodeProof | undefined): string | null {
  return proof === undefined || proof.state === "unproven" ? null : `${proof.state}/${proof.by}`;
}

/** What a newer nodekeeper may write and we do not know proves nothing. */
function parseProof(text: string | null): NodeProof | undefined {
  const [state, by] = text?.split("/") ?? [];
  if ((state !== "proven" && state !== "unreviewed") || (by !== "cluster" && by !== "credential")) return undefined;
  return { state, by };
}
