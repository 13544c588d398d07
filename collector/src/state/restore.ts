/** The state as the store remembers it, after a restart. Pure. Nothing becomes fresher by being restored. */
import type { ObservedEvent } from "./event.ts";
import { noIntrusions } from "./intrusion.ts";
import type { NodeInventory } from "./node-inventory.ts";
import { type NodeProof, unproven } from "./node-proof.ts";
import type { LossState, NodeState, ProbeState } from "./node-state.ts";
import { reduceProbe } from "./reduce-probe.ts";

/** What is remembered of a node besides its observations. */
export interface RememberedNode
  extends Pick<NodeState, "name" | "machineId" | "bootId" | "epoch" | "agentVersion" | "firstSeenAtMs" | "lastContactAtMs"> {
  readonly goodbye?: string;
  /** Not there: it is not. */
  readonly isIntermittent?: boolean;
  /** Not there: unproven. */
  readonly proof?: NodeProof;
  /** Not there: nothing was lost. */
  readonly losses?: readonly LossState[];
}

/** The latest observation of a probe, with whole facts. */
export type RememberedObservation = Omit<ObservedEvent, "kind">;

/** What is remembered of a node's equipment. */
export interface RememberedInventory {
  readonly node: string;
  readonly inventory: NodeInventory;
}

/** All nodes, disconnected, with their last known facts. */
export function restoreNodes(
  nodes: readonly RememberedNode[],
  observations: readonly RememberedObservation[],
  inventories: readonly RememberedInventory[] = [],
): readonly NodeState[] {
  const observationsOf = Map.groupBy(observations, (observation) => observation.node);
  const inventoryOf = new Map(inventories.map(({ node, inventory }) => [node, inventory]));
  return nodes.map((node) => restoreNode(node, observationsOf.get(node.name) ?? [], inventoryOf.get(node.name)));
}

function restoreNode(
  node: RememberedNode,
  observations: readonly RememberedObservation[],
  inventory: NodeInventory | undefined,
): NodeState {
  const probes = new Map<string, ProbeState>();
  for (const remembered of observations) {
    // The last good one comes before a later one that failed, which leaves its facts standing.
    const probe = reduceProbe(probes.get(remembered.observation.probe), { ...remembered, kind: "observed" });
    const sequence = remembered.epoch === node.epoch ? probe.sequence : 0;
    probes.set(probe.name, { ...probe, sequence, isRestored: true });
  }
  return {
    name: node.name,
    machineId: node.machineId,
    bootId: node.bootId,
    bootsSeen: [],
    epoch: node.epoch,
    agentVersion: node.agentVersion,
    firstSeenAtMs: node.firstSeenAtMs,
    lastContactAtMs: node.lastContactAtMs,
    connection: { kind: "disconnected", sinceMs: node.lastContactAtMs, goodbye: node.goodbye },
    isIntermittent: node.isIntermittent ?? false,
    proof: node.proof ?? unproven,
    intrusions: noIntrusions,
    runningProbes: undefined,
    clockSkewMs: undefined,
    losses: node.losses ?? [],
    inventory,
    probes,
  };
}
