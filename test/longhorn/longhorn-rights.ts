/** What the collector may ask of Longhorn's objects, and of the classes by which its volumes are made: the manifests grant the same. */
import type { Rights } from "../kubernetes/cluster-objects.ts";

/** In Longhorn's namespace. */
export const longhornRights: readonly Rights[] = [
  { apiGroups: ["longhorn.io"], resources: ["nodes"], verbs: ["get", "list", "watch", "patch"] },
  {
    apiGroups: ["longhorn.io"],
    resources: ["volumes", "replicas", "settings", "backuptargets"],
    verbs: ["get", "list", "watch"],
  },
];

/** Of the whole cluster. */
export const storageClassRights: Rights = {
  ...{ apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
};
