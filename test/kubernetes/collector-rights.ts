/**
 * What the collector may ask of a cluster's API, and no more: the manifests grant the same, and tests of its client run under it. Most objects
 * are made by the manifests, empty: the right to create could not be held to one name.
 */
import type { Rights } from "./cluster-objects.ts";

/** Of the whole cluster. */
export const clusterRights: readonly Rights[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"], verbs: ["get"] },
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "patch"] },
  { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
  { apiGroups: [""], resources: ["pods", "persistentvolumes"], verbs: ["list"] },
];

/** In the namespace default, where Events of nodes lie. */
export const eventRights: readonly Rights[] = [{ apiGroups: [""], resources: ["events"], verbs: ["create"] }];

/** What the Services of Ollama's servers are called. They are made by server-side apply, which names them: so this `create` is held to the names, too. */
const services = ["ollama-generation", "ollama-embeddings"];
const slices = services.flatMap((service) => [`${service}-ipv4`, `${service}-ipv6`]);
const servicesVerbs = ["get", "create", "patch", "delete"];

/** What the objects are called. */
export interface ObjectNames {
  readonly vaultSecret: string;
  readonly caConfigMap: string;
  readonly decisions: string;
  readonly lease: string;
  readonly namespace: string;
}

/** In the namespace where they lie. */
export function objectRights(names: ObjectNames): readonly Rights[] {
  const verbs = ["get", "update"];
  return [
    { apiGroups: [""], resources: ["secrets"], resourceNames: [names.vaultSecret], verbs },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [names.caConfigMap], verbs },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [names.decisions], verbs },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [names.lease], verbs },
    { apiGroups: [""], resources: ["services"], resourceNames: services, verbs: servicesVerbs },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], resourceNames: slices, verbs: servicesVerbs },
    { apiGroups: [""], resources: ["namespaces"], resourceNames: [names.namespace], verbs: ["get"] },
  ];
}
