/** Which node records the store does not have as they are now. */

import type { StateHolder } from "../state/holder.ts";
import type { NodeState } from "../state/node-state.ts";
import type { StoredNode } from "../store/store.ts";

/** Records to be written. */
export interface NodeRecords {
  /** The node's record is to be written. */
  mark(node: string): void;
  /** Marks every node that was heard of since its record was last taken. */
  markHeard(): void;
  /** The records to be written now; they count as written. */
  take(): readonly StoredNode[];
}

/** Nothing is to be written yet. */
export function createNodeRecords(state: Pick<StateHolder, "node" | "nodes">): NodeRecords {
  const marked = new Set<string>();
  const writtenContactAtMs = new Map(state.nodes().map((node) => [node.name, node.lastContactAtMs]));
  return {
    mark(node) {
      marked.add(node);
    },
    markHeard() {
      for (const node of state.nodes()) if (writtenContactAtMs.get(node.name) !== node.lastContactAtMs) marked.add(node.name);
    },
    take() {
      const records = [...marked].flatMap((name) => state.node(name) ?? []).map(recordOf);
      for (const record of records) writtenContactAtMs.set(record.name, record.lastContactAtMs);
      marked.clear();
      return records;
    },
  };
}

function recordOf(node: NodeState): StoredNode {
  const { name, machineId, bootId, epoch, agentVersion, firstSeenAtMs, lastContactAtMs, connection } = node;
  const record = { name, machineId, bootId, epoch, agentVersion, firstSeenAtMs, lastContactAtMs };
  return connection.kind === "disconnected" && connection.goodbye !== undefined
    ? { ...record, goodbye: connection.goodbye }
    : record;
}
