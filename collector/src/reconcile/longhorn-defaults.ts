/**
 * What a Node says to Longhorn about the disks and tags that it shall begin with, where Longhorn waits to be told: its label and its annotations, as
 * the policy wants them, before Longhorn has any disk on the node. When it has, they have served, and go: Longhorn would bring back by them whatever
 * somebody takes away. What others wrote in their place is left alone.
 */
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import { decideDefaults } from "./defaults/decide-defaults.ts";
import { defaultsPrint } from "./defaults/defaults-print.ts";
import { planDefaults, planPruneOfDefaults } from "./defaults/plan-defaults.ts";
import { type DefaultedNode, defaultsName, seeDefaults } from "./defaults/see-defaults.ts";
import { defaultsPatch } from "./defaults/write-defaults.ts";
import type { Reconciler } from "./reconciler.ts";
import { nodeObjects } from "./support/node-objects.ts";
import { fieldManager } from "./support/node-patch.ts";

/** What it needs. */
export interface LonghornDefaultsTools {
  readonly client: Pick<KubernetesClient, "readNode" | "patchNode">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
}

/** Makes it. */
export function createLonghornDefaults({ client, policy }: LonghornDefaultsTools): Reconciler<DefaultedNode> {
  const objects = nodeObjects({ client, policy, readsFindings: false, see: seeDefaults });
  /** By which decisions were made last, as far as it is of all of Longhorn. */
  let print = "";
  return {
    name: defaultsName,
    noun: "Longhorn default",
    ...objects,
    affects(change, world) {
      const isWanted = world.policy.storage.defaultDisks.length > 0;
      if (change.kind === "longhorn") {
        const now = defaultsPrint(world.longhorn);
        if (!isWanted || now === print) return []; // its volumes change all the time
        print = now;
        return "all";
      }
      if (change.kind === "longhorn-node") return isWanted ? [change.name] : [];
      return objects.affects(change, world);
    },
    decide: decideDefaults,
    plan: planDefaults,
    planPrune: planPruneOfDefaults,
    async apply(key, operations, seen, signal) {
      await client.patchNode(key, defaultsPatch(operations, seen), { fieldManager }, signal);
    },
  };
}
