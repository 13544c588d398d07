/** Who says what would break, put together: what the collector knows of the cluster, and its API for what is read on demand. */
import type { Clock } from "@nodekeeper/shared";
import type { BlastRadius } from "./blast/blast-radius.ts";
import { createBlastRadius } from "./blast/create-blast-radius.ts";
import type { KubernetesClient } from "./clients/kubernetes/kubernetes-client.ts";
import type { Registry } from "./identity/registry.ts";
import { matchDisks } from "./longhorn/match-disks.ts";
import { placementOf } from "./longhorn/placement-of.ts";
import type { PolicySource } from "./policy/policy.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import type { LonghornView } from "./state/longhorn/longhorn-holder.ts";

/** What it needs. */
export interface BlastNeeds {
  readonly client: Pick<KubernetesClient, "listObjects">;
  readonly cluster: ClusterView;
  readonly longhorn: LonghornView;
  readonly longhornNamespace: string;
  readonly state: StateHolder;
  readonly policy: PolicySource;
  readonly registry: Pick<Registry, "credentialsOf">;
  readonly clock: Clock;
}

/** It asks nothing until it is asked. */
export function openBlastRadius({ policy, registry, ...needs }: BlastNeeds): BlastRadius {
  const { clock, cluster, state } = needs;
  const startedAtMs = clock.monotonicMs();
  const wallStartMs = (): number => clock.wallMs() - (clock.monotonicMs() - startedAtMs); // right also after the clock was set
  return createBlastRadius({
    ...needs,
    placementOf,
    matchDisks: (node, nowMs) => {
      const { name } = node;
      return matchDisks(node, { node: state.node(name), clusterNode: cluster.node(name), nowMs, startedAtMs: wallStartMs() });
    },
    backups: () => ({ domain: policy.current.domain, deployments: policy.current.backups.deployments }),
    hasCredential: (node) => registry.credentialsOf(node).length > 0,
  });
}
