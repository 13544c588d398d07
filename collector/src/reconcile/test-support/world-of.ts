/** Worlds for tests: a machine that said something, judged by the real rules, and its Node as the API server tells of it. */

import type { Fields } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { evaluateNode, type OpenFindings } from "../../evaluate/evaluate-node.ts";
import type { ConditionType, Policy, TaintRule } from "../../policy/policy.ts";
import { unsetSections } from "../../policy/unset-sections.ts";
import { noRouting } from "../../routing/no-routing.ts";
import { rules } from "../../rules/index.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { clusterNodeOf } from "../../state/cluster/cluster-node-of.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";
import type { NodeState } from "../../state/node-state.ts";
import { viewNode } from "../../state/node-view.ts";
import { startMs } from "../../test-support/states.ts";
import { noServices } from "../endpoints/service-objects.ts";
import type { World } from "../world.ts";

/** Of policies of tests. */
export const domain = "nodekeeper.example";
/** All there are. */
export const conditionTypes: readonly ConditionType[] = ["DiskHealthy", "TailnetConnected", "GPUHealthy", "StoragePrerequisites"];

/** What a world is made of. */
export interface WorldInit {
  /** Undefined: no agent was ever heard of. */
  readonly node?: NodeState | undefined;
  /** Undefined: the cluster has no Node of its name. */
  readonly live?: ClusterNode | undefined;
  readonly findings?: readonly Finding[];
  readonly isEvaluated?: boolean;
  readonly isProven?: boolean;
  /** So long after the machine spoke. */
  readonly afterMs?: number;
  /** When the collector was started, before (negative) or after the machine spoke. */
  readonly startedAfterMs?: number;
  readonly policy?: Partial<Policy>;
  readonly longhorn?: World["longhorn"];
  readonly routing?: World["routing"];
  readonly services?: World["services"];
  readonly isInMaintenance?: boolean;
  readonly isReady?: boolean;
}

/** Makes one with one node, "neko". */
export function worldOf(init: WorldInit = {}): World {
  const { live = aClusterNode(), findings = [], isEvaluated = true, isProven = true } = init;
  const node = init.node === undefined || !isProven ? init.node : { ...init.node, proof };
  const nodes = "live" in init && init.live === undefined ? [] : [live];
  return {
    nowMs: startMs + (init.afterMs ?? 0),
    startedAtMs: startMs + (init.startedAfterMs ?? 0),
    policy: aPolicy(init.policy),
    decisions: { approval: undefined, overrides: [] },
    cluster: {
      knowledge: { kind: "known", listedAtMs: startMs, heardAtMs: startMs, problem: undefined },
      node: (name) => nodes.find((each) => each.name === name),
      nodes: () => nodes,
    },
    node: (name) => (node?.name === name ? node : undefined),
    findings: (name) => findings.filter((finding) => finding.node === name),
    isEvaluated: () => isEvaluated,
    longhorn: init.longhorn ?? noLonghorn,
    routing: init.routing ?? noRouting,
    services: init.services ?? noServices,
    isInMaintenance: () => init.isInMaintenance ?? false,
    isReady: () => init.isReady ?? false,
  };
}

/** The open findings of the real rules after they looked at a machine at these times after it spoke. */
export function findingsOf(node: NodeState, ...afterMs: readonly number[]): readonly Finding[] {
  let open: OpenFindings = new Map();
  for (const ms of afterMs.length === 0 ? [0] : afterMs) {
    const evaluation = evaluateNode(rules, viewNode(node, startMs + ms), open, (_, thrown) => {
      throw thrown;
    });
    open = evaluation.open;
  }
  return [...open.values()].map(({ finding }) => finding);
}

/** A policy that wants every condition and nothing else. */
export function aPolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    ...{ source: "policy.yaml", hash: "0".repeat(64), domain },
    modes: { describe: "enforce", restrict: "enforce", move: "plan" },
    dwell: { changeMs: 60_000, removeMs: 900_000 },
    ...{ labels: [], taints: [] as readonly TaintRule[], conditions: conditionTypes, advice: { wildcardName: undefined } },
    ...unsetSections,
    ...overrides,
  };
}

/** A Node as the API server tells of it. */
export function aClusterNode(
  fields: { readonly metadata?: Fields; readonly spec?: Fields; readonly status?: Fields } = {},
): ClusterNode {
  const metadata = {
    name: "neko",
    uid: "uid-1",
    resourceVersion: "7",
    creationTimestamp: "2026-11-01T00:00:00Z",
    ...fields.metadata,
  };
  const node = clusterNodeOf({ ...fields, metadata });
  if (node === undefined) throw new Error("it lacks what every Node has");
  return node;
}

const proof = { state: "proven", by: "cluster" } as const;
