/** Which node records the store does not have as they are now. */

import type { StateHolder } from "../state/holder.ts";
import type { NodeState } from "../state/node-state.ts";
import type { StoredNode } from "../store/store.ts";

/** Records to be written. */
export interface NodeRecords {
  /** The node's record is to be written. */
  mark(node: string): void;
  /** Marks nodes that were heard of since their record was last taken: all of them, or the next so many, in turn. */
  markHeard(atMost?: number): void;
  /** The records to be written now; they count as written. */
  take(): readonly StoredNode[];
}

/** Nothing is to be written yet. */
export function createNodeRecords(state: Pick<StateHolder, "node" | "nodes">): NodeRecords {
  const marked = new Set<string>();
  let next = 0;
  const writtenContactAtMs = new Map(state.nodes().map((node) => [node.name, node.lastContactAtMs]));
  return {
    mark(node) {
      marked.add(node);
    },
    markHeard(atMost) {
      const nodes = state.nodes();
      const count = Math.min(nodes.length, atMost ?? nodes.length);
      for (let step = 0; step < count; step += 1) {
        const node = nodes[(next + step) % nodes.length];
        if (node !== undefined && writtenContactAtMs.get(node.name) !== node.lastContactAtMs) marked.add(node.name);
      }
      next += count;
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
  const {
    name,
    machineId,
    bootId,
    epoch,
    agentVersion,
    firstSeenAtMs,
    lastContactAtMs,
    connection,
    proof,
    losses,
    isIntermittent,
  } = node;
  const known = { name, machineId, bootId, epoch, agentVersion, firstSeenAtMs, lastContactAtMs };
  const record = {
    ...known,
    ...(proof.state === "unproven" ? {} : { proof }),
    ...(losses.length === 0 ? {} : { losses }),
    ...(isIntermittent ? { isIntermittent } : {}),
  };
  return connection.kind === "disconnected" && connection.goodbye !== undefined
    ? { ...record, goodbye: connection.goodbye }
    : record;
}
