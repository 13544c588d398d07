/**
 * Taints of Nodes, where the policy asks for any, in our domain. What others set is left alone, also where the key is ours; what is ours the ledger says.
 * Never NoExecute, which evicts what runs.
 *
 * Who takes a taint away by hand has decided it: it is not put back until the policy wanted something else in between.
 */
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { Reconciler } from "./reconciler.ts";
import { nodeObjects } from "./support/node-objects.ts";
import { fieldManager } from "./support/node-patch.ts";
import { decideTaints } from "./taints/decide-taints.ts";
import { planPruneOfTaints, planTaints } from "./taints/plan-taints.ts";
import { seeTaints, type TaintedNode, taintsName } from "./taints/see-taints.ts";
import { taintPatch } from "./taints/write-taints.ts";

/** What it needs. */
export interface NodeTaintsTools {
  readonly client: Pick<KubernetesClient, "readNode" | "patchNode">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
}

/** Makes it. */
export function createNodeTaints({ client, policy }: NodeTaintsTools): Reconciler<TaintedNode> {
  return {
    name: taintsName,
    noun: "taint",
    ...nodeObjects({ client, policy, readsFindings: false, see: seeTaints }),
    decide: decideTaints,
    plan: planTaints,
    planPrune: planPruneOfTaints,
    async apply(key, operations, seen, signal) {
      await client.patchNode(key, taintPatch(operations, seen), { fieldManager }, signal);
    },
  };
}
