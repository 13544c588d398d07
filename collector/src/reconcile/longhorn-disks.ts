/**
 * Tags and switches of Longhorn's nodes and disks: tags say what a disk is, and stay as the policy has them; a disk that fails is filled no more
 * (allowScheduling), and emptied (evictionRequested) where the policy has the class move in force. All else stays as it was found.
 *
 * Longhorn's user interface writes back all disks as its page had them when it was opened, and nobody hears of it: what it undid is done again, and who
 * undoes it on purpose is left to win for longer and longer (controller/fights.ts).
 */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import { longhornKinds } from "../clients/kubernetes/longhorn-kinds.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import { longhornNodeOf } from "../state/longhorn/longhorn-node-of.ts";
import { createAsking } from "./longhorn/asking.ts";
import { decideLonghornDisks } from "./longhorn/decide-longhorn-disks.ts";
import { leftOnPrune } from "./longhorn/left-on-prune.ts";
import { longhornPrint } from "./longhorn/longhorn-print.ts";
import { planLonghornDisks, planPruneOfLonghornDisks } from "./longhorn/plan-longhorn-disks.ts";
import { createReservations } from "./longhorn/reservations.ts";
import { type LonghornDisksSeen, longhornDisksName, seeLonghornDisks } from "./longhorn/see-longhorn-disks.ts";
import { longhornPatch } from "./longhorn/write-longhorn-disks.ts";
import type { Reconciler } from "./reconciler.ts";
import { fieldManager } from "./support/node-patch.ts";

/** What it needs. */
export interface LonghornDisksTools {
  readonly client: Pick<KubernetesClient, "readOne" | "patchOne">;
  /** Where Longhorn is. */
  readonly longhornNamespace: string;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
  readonly cluster: Pick<ClusterView, "node">;
  readonly longhorn: Omit<LonghornView, "subscribe">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** Makes it. */
export function createLonghornDisks(tools: LonghornDisksTools): Reconciler<LonghornDisksSeen> {
  const { client, longhornNamespace, policy, cluster, longhorn, clock } = tools;
  const kind = longhornKinds(longhornNamespace).nodes;
  const reservations = createReservations(tools);
  /** By which decisions were made last, as far as it is of all of Longhorn. */
  let print = "";
  const asking = createAsking();

  return {
    name: longhornDisksName,
    noun: "Longhorn setting",
    affects(change, { longhorn }) {
      const known = (name: string): readonly string[] => (longhorn.node(name) === undefined ? [] : [name]);
      switch (change.kind) {
        case "node":
        case "cluster-node":
          return known(change.name);
        case "findings":
          return known(change.node);
        case "longhorn-node":
          return [change.name]; // also where it is gone
        case "longhorn": {
          const now = longhornPrint(longhorn);
          if (now === print) return asking.next().flatMap(known);
          print = now;
          return "all";
        }
        case "onboarding":
        case "routes":
          return [];
        case "policy":
        case "decisions":
          return "all";
      }
    },
    keys: ({ longhorn }) => longhorn.nodes().map(({ name }) => name),
    decide(world, key) {
      const beganMs = clock.monotonicMs();
      const { decision, hasAsked } = decideLonghornDisks(world, key);
      if (hasAsked) asking.asked(key, clock.monotonicMs() - beganMs);
      else asking.forget(key);
      return decision;
    },
    seen({ longhorn, cluster: nodes, policy: { domain } }, key) {
      const node = longhorn.node(key);
      return node && seeLonghornDisks(node, { clusterNode: nodes.node(key), domain });
    },
    async observe(key, signal) {
      const object = await client.readOne(kind, key, signal);
      if (object === undefined) return undefined;
      const node = longhornNodeOf(object);
      if (node === undefined)
        throw new AppError("PEER_REFUSED", "the cluster's API answered with a node of Longhorn that lacks name, uid or version");
      return seeLonghornDisks(node, { clusterNode: cluster.node(key), domain: policy.current.domain, object });
    },
    plan: planLonghornDisks,
    planPrune: planPruneOfLonghornDisks,
    leavesOnPrune: (operation, decision, key) => leftOnPrune(longhorn, operation, decision, key),
    async apply(key, operations, seen, signal) {
      const patch = longhornPatch(operations, seen);
      await reservations.during(operations, seen, () => client.patchOne(kind, key, patch, { fieldManager }, signal));
    },
  };
}
