/**
 * The start-up taint: a kubelet may register its Node with the taint DOMAIN/onboarding, so that nothing is placed there before the machine is ready. It
 * goes when the machine is, once: who sets it again by hand means it. It is never written by us.
 */
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { Reconciler } from "./reconciler.ts";
import { decideStartup } from "./startup/decide-startup.ts";
import { planPruneOfStartup, planStartup } from "./startup/plan-startup.ts";
import { type StartedNode, seeStartup, startupName } from "./startup/see-startup.ts";
import { startupPatch } from "./startup/write-startup.ts";
import { nodeObjects } from "./support/node-objects.ts";
import { fieldManager } from "./support/node-patch.ts";

/** What it needs. */
export interface StartupTaintTools {
  readonly client: Pick<KubernetesClient, "readNode" | "patchNode">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
}

/** Makes it. */
export function createStartupTaint({ client, policy }: StartupTaintTools): Reconciler<StartedNode> {
  const objects = nodeObjects({ client, policy, readsFindings: false, see: seeStartup });
  return {
    name: startupName,
    noun: "start-up taint",
    ...objects,
    affects(change, world) {
      if (change.kind === "onboarding") return world.cluster.node(change.node) === undefined ? [] : [change.node];
      return change.kind === "node" ? [] : objects.affects(change, world);
    },
    decide: decideStartup,
    plan: planStartup,
    planPrune: planPruneOfStartup,
    async apply(key, operations, seen, signal) {
      await client.patchNode(key, startupPatch(operations, seen), { fieldManager }, signal);
    },
  };
}
