/**
 * A cluster with nodekeeper in it, as the manifests make it: accounts, the collector's rights and the fence around them, its objects, nodes, and pods
 * of agents with their tokens.
 */
import { type KubernetesClient, openKubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import type { ClusterApi } from "./cluster-api.ts";
import {
  createNamespace,
  createNode,
  createPod,
  createServiceAccount,
  grant,
  type MadePod,
  requestAccountToken,
  requestPodToken,
} from "./cluster-objects.ts";
import { clusterRights, eventRights, objectRights } from "./collector-rights.ts";
import { kubernetesPrograms } from "./kubernetes-programs.ts";
import { setUpNodeFence } from "./node-fence.ts";

/** Names as the manifests have them. */
export const names = {
  namespace: "nodekeeper",
  collector: { namespace: "nodekeeper", name: "nodekeeper-collector" },
  agent: { namespace: "nodekeeper", name: "nodekeeper-agent" },
  vaultSecret: { namespace: "nodekeeper", name: "nodekeeper-vault" },
  caConfigMap: { namespace: "nodekeeper", name: "nodekeeper-ca" },
  decisions: { namespace: "nodekeeper", name: "nodekeeper-decisions" },
  lease: { namespace: "nodekeeper", name: "nodekeeper-collector" },
  audience: "nodekeeper",
} as const;

/** The cluster, and what tests of it begin with. */
export interface House extends AsyncDisposable {
  readonly cluster: Cluster;
  /** The collector's client, with the collector's rights. */
  readonly client: KubernetesClient;
  /** The same rights without our client: raw requests. */
  readonly collector: ClusterApi;
  /** A pod of an agent on a node. */
  agentPod(name: string, node: string): Promise<MadePod>;
  /** Its token, for our audience. */
  agentToken(pod: MadePod): Promise<string>;
}

/** Builds what is not built, and starts it, with two nodes: badger and otter. */
export async function startHouse(): Promise<House> {
  await using parts = new AsyncDisposableStack();
  const cluster = parts.use(await startCluster(await kubernetesPrograms()));
  const { admin } = cluster;
  await createNamespace(admin, names.namespace);
  for (const account of [names.collector, names.agent]) await createServiceAccount(admin, account);
  for (const node of ["badger", "otter"]) await createNode(admin, node);
  const { name: decisions } = names.decisions;
  const { name: lease } = names.lease;
  await admin.create(`/api/v1/namespaces/${names.namespace}/configmaps`, { metadata: { name: decisions } });
  await admin.create(`/apis/coordination.k8s.io/v1/namespaces/${names.namespace}/leases`, { metadata: { name: lease } });
  const inNamespace = objectRights({
    ...{ vaultSecret: names.vaultSecret.name, caConfigMap: names.caConfigMap.name },
    ...{ decisions, lease, namespace: names.namespace },
  });
  await grant(admin, names.collector, { rules: clusterRights });
  await grant(admin, names.collector, { rules: inNamespace, namespace: names.namespace });
  await grant(admin, names.collector, { rules: eventRights, namespace: "default" });
  const token = await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 });
  const collector = admin.as(token);
  parts.defer(() => collector.close());
  await setUpNodeFence(admin, collector);
  const folder = await cluster.podFolder(token, names.namespace);
  const client = parts.use(await openKubernetesClient({ kind: "pod", server: cluster.url, folder }, systemClock));
  const lasting = parts.move();
  return {
    cluster,
    client,
    collector,
    agentPod: (name, node) => createPod(admin, { namespace: names.namespace, name, node, serviceAccount: names.agent.name }),
    agentToken: (pod) => requestPodToken(admin, pod, { audience: names.audience }),
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}
