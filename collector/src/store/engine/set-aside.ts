/**
 * Another machine bears the name of a node: what was stored of the one before is set aside, whole, and what was stored of this one before that is
 * its own again. Nothing is copied and nothing grows, however often two machines take turns.
 */
import { replacedBecause } from "../../state/replaced-machine.ts";
import { formerNode } from "../former-node.ts";
import type { StoredNode } from "../store.ts";
import type { StoreMemory } from "./store-memory.ts";
import type { StoreTables } from "./store-tables.ts";

/** Runs inside the transaction that writes the node's record, before it. A machine that cannot say its id is no other one. */
export function takeName(tables: StoreTables, memory: StoreMemory, node: StoredNode): void {
  if (node.machineId === "") return;
  const before = tables.nodes.find(node.name);
  if (before?.machineId === node.machineId) return;
  if (before !== undefined && before.machineId !== "") {
    // What is still on its way of the old machine is known by its epoch, also where nothing of it was committed yet.
    if (memory.findEpoch(node.name, before.epoch) === undefined)
      memory.createEpoch(node.name, before.epoch, node.lastContactAtMs);
    memory.renameNode(node.name, formerNode(node.name, before.machineId), node.epoch);
    endFindings(tables, node, replacedBecause(before.machineId, node.machineId));
  }
  memory.renameNode(formerNode(node.name, node.machineId), node.name);
}

/** The node is retired: whoever bears its name next is nobody known. Runs inside the transaction that removes its record, before it. */
export function leaveName({ nodes }: StoreTables, memory: StoreMemory, name: string): void {
  const machineId = nodes.find(name)?.machineId ?? "";
  if (machineId !== "") memory.renameNode(name, formerNode(name, machineId));
}

/** Evaluation ends them too; a crash in between must not leave them to the new machine. What is newer than the machine is its own. */
function endFindings({ findings }: StoreTables, { name, firstSeenAtMs }: StoredNode, resolvedBecause: string): void {
  const resolvedAt = new Date(firstSeenAtMs).toISOString();
  for (const finding of findings.list({ node: name, includeResolved: false, limit: Number.MAX_SAFE_INTEGER })) {
    if (Date.parse(finding.pendingSince) >= firstSeenAtMs) continue;
    const { suppressedBy: _, ...rest } = finding;
    findings.save({ ...rest, state: "resolved", isHeld: false, resolvedAt, resolvedBecause });
  }
}
