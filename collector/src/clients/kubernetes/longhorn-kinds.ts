/** Where Longhorn's objects are in a cluster's API, and the classes by which its volumes are made. */
import type { ObjectKind } from "./object-kind.ts";

/** Which of them. */
export type LonghornKindName = "nodes" | "volumes" | "replicas" | "settings" | "backuptargets" | "storageclasses";

/** The version of Longhorn's API that every release since 1.3 has. */
export const longhornApi = { group: "longhorn.io", version: "v1beta2" } as const;

/** All of them, of a Longhorn in a namespace. */
export function longhornKinds(namespace: string): Readonly<Record<LonghornKindName, ObjectKind>> {
  const folder = `/apis/${longhornApi.group}/${longhornApi.version}/namespaces/${encodeURIComponent(namespace)}`;
  return {
    nodes: { path: `${folder}/nodes`, kind: "Node" },
    volumes: { path: `${folder}/volumes`, kind: "Volume" },
    replicas: { path: `${folder}/replicas`, kind: "Replica" },
    settings: { path: `${folder}/settings`, kind: "Setting" },
    backuptargets: { path: `${folder}/backuptargets`, kind: "BackupTarget" },
    storageclasses: { path: "/apis/storage.k8s.io/v1/storageclasses", kind: "StorageClass" },
  };
}
