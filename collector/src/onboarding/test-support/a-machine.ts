/** Machines as steps look at them, for tests of one step. */
import type { Expression } from "../../policy/expression.ts";
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import { unsetSections } from "../../policy/unset-sections.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { clusterNodeOf } from "../../state/cluster/cluster-node-of.ts";
import type { NodeState } from "../../state/node-state.ts";
import { machineThatSaid, type Said } from "../../test-support/judge-machine.ts";
import { startMs } from "../../test-support/states.ts";
import type { Machine } from "../machine.ts";
import { itsLonghornNode, type MachineSays, wellMachine } from "./new-machine.ts";

/** Its Node. */
export function itsNode(
  more: { readonly labels?: object; readonly status?: object; readonly address?: string } = {},
): ClusterNode {
  const { labels = {}, status = {}, address = "100.64.0.9" } = more;
  const made = clusterNodeOf({
    metadata: { name: "neko", uid: "uid-neko", resourceVersion: "1", creationTimestamp: new Date(startMs).toISOString(), labels },
    status: { addresses: [{ type: "InternalIP", address }], ...status },
  });
  if (made === undefined) throw new Error("it lacks what every Node has");
  return made;
}

/** The state of an agent whose probes said so; it has proven who it is. */
export function itsState(says: MachineSays = wellMachine(), more: Partial<NodeState> = {}): NodeState {
  const said: readonly Said[] = Object.values(says);
  return { ...machineThatSaid(...said), proof: { state: "proven", by: "cluster" }, clockSkewMs: 10, ...more };
}

/** A machine that is well, a Node of a cluster on the tailnet and of Longhorn, of which nothing is left to be written; and what a test changes. */
export function aMachine(overrides: Partial<Machine> = {}): Machine {
  const node = "node" in overrides ? overrides.node : itsState();
  const cluster = overrides.cluster ?? { kind: "known", node: itsNode(), isOnTailnet: true };
  const clusterNode = cluster.kind === "known" ? cluster.node : undefined;
  const moment = { nowMs: startMs, startedAtMs: startMs };
  return {
    ...{ name: "neko", ...moment, cluster, turnedAway: [] },
    longhorn: {
      ...{ knowledge: { kind: "known", heardAtMs: startMs, problem: undefined }, node: itsLonghornNode("neko") },
      disks: () =>
        [...itsLonghornNode("neko").disks.values()].map((disk) => ({
          disk,
          match: { kind: "matched", blockDevices: ["eui.1"], mountPoint: "/mnt/longhorn" },
        })),
    },
    policy: {
      ...{ domain: "nodekeeper.example", onboarding: unsetSections.onboarding },
      modes: { describe: "enforce", restrict: "plan", move: "plan" },
    },
    facts: () => knownFactsOf({ node, clusterNode, ...moment }),
    diskFaults: () => [],
    plan: () => ({ operations: [], held: [], hash: "" }),
    ...overrides,
    node,
  };
}

/** An expression that came to this. */
export function decided(value: boolean | undefined): Expression {
  const evaluate: Expression["evaluate"] = () =>
    value === undefined
      ? { kind: "undecided", reason: "the probe disks was never heard of", reads: [read("disks")] }
      : { kind: "value", value, reads: [] };
  return { text: "it", place: "policy.yaml:1:1", evaluate };
}

function read(probe: string) {
  return { path: probe, value: "", probe, freshness: "unknown" as const };
}
