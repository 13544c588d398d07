/** The reconcilers there are. Each begins with its line here; their names are those of their folders or files. */
import type { Clock } from "@nodekeeper/shared";
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { Services } from "./endpoints/service-objects.ts";
import { createLonghornDefaults } from "./longhorn-defaults.ts";
import { createLonghornDisks } from "./longhorn-disks.ts";
import { createNodeConditions } from "./node-conditions.ts";
import { createNodeLabels } from "./node-labels.ts";
import { createNodeTaints } from "./node-taints.ts";
import { createOllamaEndpoints } from "./ollama-endpoints.ts";
import type { Reconciler } from "./reconciler.ts";
import { createStartupTaint } from "./startup-taint.ts";

/** What reconcilers reach the outside with. */
export interface ReconcilerTools {
  readonly client: KubernetesClient;
  readonly policy: Pick<PolicySource, "current">;
  /** What the feeds say: an object that is read live stands among others that are not. */
  readonly cluster: Pick<ClusterView, "node">;
  readonly longhorn: Omit<LonghornView, "subscribe">;
  /** Where Longhorn is. */
  readonly longhornNamespace: string;
  /** The collector's own. */
  readonly namespace: string;
  readonly services: Services;
  readonly clock: Clock;
}

/** All of them, ready to be given to the controller. */
export function createReconcilers(tools: ReconcilerTools): readonly Reconciler[] {
  return [
    createNodeLabels(tools),
    createNodeConditions(tools),
    createNodeTaints(tools),
    createLonghornDefaults(tools),
    createLonghornDisks(tools),
    createStartupTaint(tools),
    createOllamaEndpoints(tools),
  ];
}
