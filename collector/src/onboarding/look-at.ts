/** Puts together what the steps look at, of one machine at one moment. What costs something is made once, when it is asked for. */

import { matchDisks } from "../longhorn/match-disks.ts";
import { knownFactsOf } from "../policy/known-facts-of.ts";
import type { Policy } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import { isTailnetCluster } from "../state/cluster/node-addresses.ts";
import type { StateHolder } from "../state/holder.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import { type NodeView, viewNode } from "../state/node-view.ts";
import type { TurnedAway } from "../state/turned-away.ts";
import type { ClusterSight, DiskFault, Machine, NodePlan } from "./machine.ts";

/** Where it is all found. */
export interface Sources {
  readonly state: Pick<StateHolder, "node">;
  /** Undefined: the collector knows no cluster. */
  readonly cluster: Pick<ClusterView, "knowledge" | "node" | "nodes"> | undefined;
  readonly longhorn: Pick<LonghornView, "knowledge" | "node">;
  readonly turnedAway: Pick<TurnedAway, "of">;
  readonly policy: () => Policy;
  /** What the rules say of a machine's disks now. */
  readonly diskFaults: (view: NodeView) => readonly DiskFault[];
  /** What is still to be written for a node; undefined: nothing ever is. */
  readonly planOf: (node: string) => Omit<NodePlan, "hash"> | undefined;
}

/** When, and what is known of all machines together. */
export interface Moment {
  readonly nowMs: number;
  readonly startedAtMs: number;
  /** Of the plan as a whole. */
  readonly planHash: string;
}

/** Looks at machines. */
export function createLook(sources: Sources): (name: string, moment: Moment) => Machine {
  const { state, cluster, longhorn, turnedAway, policy } = sources;
  let nodes: ReturnType<ClusterView["nodes"]> | undefined;
  let isOnTailnet = false;

  function sightOf(name: string): ClusterSight {
    if (cluster === undefined) return { kind: "none" };
    if (cluster.knowledge.kind === "unknown") return { kind: "unknown" };
    const all = cluster.nodes();
    if (nodes !== all) isOnTailnet = isTailnetCluster(all); // once for all machines, as long as no Node changes
    nodes = all;
    return { kind: "known", node: cluster.node(name), isOnTailnet };
  }

  return (name, { nowMs, startedAtMs, planHash }) => {
    const node = state.node(name);
    const sight = sightOf(name);
    const clusterNode = sight.kind === "known" ? sight.node : undefined;
    const longhornNode = longhorn.node(name);
    const matchedDisks = once(() =>
      longhornNode === undefined ? [] : matchDisks(longhornNode, { node, clusterNode, nowMs, startedAtMs }),
    );
    return {
      ...{ name, nowMs, startedAtMs, node, cluster: sight },
      longhorn: { knowledge: longhorn.knowledge, node: longhornNode, disks: matchedDisks },
      turnedAway: turnedAway.of(name),
      policy: policy(),
      facts: once(() => knownFactsOf({ node, clusterNode, isClusterListed: sight.kind === "known", nowMs, startedAtMs })),
      diskFaults: once(() => (node === undefined ? [] : sources.diskFaults(viewNode(node, nowMs)))),
      plan: once(() => {
        const plan = sources.planOf(name);
        return plan && { ...plan, hash: planHash };
      }),
    };
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
