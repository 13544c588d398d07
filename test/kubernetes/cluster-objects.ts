/** Things of a cluster that tests make: each function makes one, as an administrator or as the kubelet would. */
import type { ClusterApi, KubernetesObject } from "./cluster-api.ts";

/** Where a ServiceAccount lies. */
export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

/** A pod that is bound to a node. */
export interface BoundPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly serviceAccount: string;
}

/** A pod as it was made. */
export interface MadePod extends BoundPod {
  readonly uid: string;
}

/** Rules of RBAC, as in a Role. */
export interface Rights {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** Makes a namespace. */
export async function createNamespace(api: ClusterApi, name: string): Promise<void> {
  await api.create("/api/v1/namespaces", { metadata: { name } });
}

/** Makes a ServiceAccount. */
export async function createServiceAccount(api: ClusterApi, { namespace, name }: AccountName): Promise<void> {
  await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
}

/** Makes a Node, as a kubelet registers it. */
export async function createNode(api: ClusterApi, name: string, more: object = {}): Promise<KubernetesObject> {
  return await api.create("/api/v1/nodes", { metadata: { name, labels: { "kubernetes.io/hostname": name } }, ...more });
}

/** Makes many of them: 1,000 in a second. */
export async function createNodes(api: ClusterApi, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => createNode(api, name)));
}

/** Makes a pod on a node, as the scheduler would have placed it. */
export async function createPod(api: ClusterApi, pod: BoundPod): Promise<MadePod> {
  const { namespace, name, node, serviceAccount } = pod;
  const made = await api.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: { nodeName: node, serviceAccountName: serviceAccount, containers: [{ name: "agent", image: "agent" }] },
  });
  return { ...pod, uid: made.metadata.uid ?? "" };
}

/** Deletes it at once, as when its kubelet has ended it. */
export async function deletePod(api: ClusterApi, { namespace, name }: BoundPod): Promise<void> {
  await api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`);
}

/** What is asked of a token. */
export interface WantedToken {
  readonly audience: string;
  /** At least 600, as the API server has it. Default 600. */
  readonly lifetimeSeconds?: number;
}

/** A pod's projected token, as the kubelet asks for it: bound to the pod, and by it to its node. */
export async function requestPodToken(api: ClusterApi, pod: MadePod, wanted: WantedToken): Promise<string> {
  const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: pod.name, uid: pod.uid };
  return await requestToken(api, { namespace: pod.namespace, name: pod.serviceAccount }, wanted, { boundObjectRef });
}

/** A token that is bound to nothing; `audience` undefined: for the API server itself. */
export async function requestAccountToken(
  api: ClusterApi,
  account: AccountName,
  wanted: Partial<WantedToken> = {},
): Promise<string> {
  return await requestToken(api, account, wanted, {});
}

/** Gives an account rights: in one namespace, or in all of the cluster where none is named. */
export async function grant(
  api: ClusterApi,
  account: AccountName,
  { rules, namespace }: { readonly rules: readonly Rights[]; readonly namespace?: string },
): Promise<void> {
  const scope = namespace === undefined ? "Cluster" : "";
  const metadata = { name: account.name, ...(namespace === undefined ? {} : { namespace }) };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  await api.apply(
    { apiVersion, kind: `${scope}Role`, metadata, rules },
    {
      ...{ apiVersion, kind: `${scope}RoleBinding`, metadata },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: `${scope}Role`, name: account.name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  );
}

async function requestToken(
  api: ClusterApi,
  { namespace, name }: AccountName,
  { audience, lifetimeSeconds = 600 }: Partial<WantedToken>,
  more: object,
): Promise<string> {
  const spec = { expirationSeconds: lifetimeSeconds, audiences: audience === undefined ? [] : [audience], ...more };
  const answer = await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, { spec });
  const { token } = answer["status"] as { readonly token: string }; // TokenRequest
  return token;
}
