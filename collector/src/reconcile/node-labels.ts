/**
 * Labels of Nodes, as the policy wants them, in our domain: server-side apply as the field manager "nodekeeper", with the ledger in the same write. A
 * label of others that nobody asked for is never touched; one of ours that somebody changed is put back, and what was there before us comes back in
 * the end.
 */
import type { Clock } from "@nodekeeper/shared";
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import { decideLabels } from "./labels/decide-labels.ts";
import { planLabels, planPruneOfLabels } from "./labels/plan-labels.ts";
import { type LabelledNode, labelsName, seeLabels } from "./labels/see-labels.ts";
import { createTellLabels } from "./labels/tell-labels.ts";
import { writeLabels } from "./labels/write-labels.ts";
import type { Reconciler } from "./reconciler.ts";
import { nodeObjects } from "./support/node-objects.ts";

/** What it needs. */
export interface NodeLabelsTools {
  readonly client: Pick<KubernetesClient, "applyNode" | "createEvent" | "patchNode" | "readNode">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
  readonly clock: Clock;
}

/** Makes it. */
export function createNodeLabels({ client, policy, clock }: NodeLabelsTools): Reconciler<LabelledNode> {
  const tell = createTellLabels(client, clock);
  return {
    name: labelsName,
    noun: "label",
    ...nodeObjects({ client, policy, readsFindings: false, see: seeLabels }),
    decide: decideLabels,
    plan: planLabels,
    planPrune: planPruneOfLabels,
    apply: (_key, operations, seen, signal) => writeLabels(client, operations, seen, signal),
    tell: (_key, operations, seen, signal) => tell(operations, seen, signal),
  };
}
