/** Objects of Kubernetes as the API server lists them, from what tests write down. */
import type { Fields } from "@nodekeeper/shared";
import type { PodInit, VolumeOnNode } from "./cluster-init.ts";

/** A pod, with the tolerations that the API server gives to each. */
export function podObject(init: PodInit): Fields {
  const [namespace = "", name = ""] = init.name.split("/");
  const [kind = "", owner = ""] = init.owner?.split(" ") ?? [];
  const hash = "7d4b9c8f6d";
  const isDeployment = kind === "Deployment";
  const reference = {
    apiVersion: init.apiVersion ?? "apps/v1",
    kind: isDeployment ? "ReplicaSet" : kind,
    name: isDeployment ? `${owner}-${hash}` : owner,
    controller: true,
  };
  const silence = ["not-ready", "unreachable"].map((state) => ({
    ...{ key: `node.kubernetes.io/${state}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  }));
  return {
    metadata: {
      ...{ namespace, name, labels: isDeployment ? { "pod-template-hash": hash } : {} },
      ownerReferences: kind === "" ? [] : [reference],
    },
    spec: {
      nodeName: init.on,
      nodeSelector: init.selector ?? {},
      affinity: affinityOf(init),
      tolerations: init.tolerations ?? silence,
      volumes: [
        ...(init.claims ?? []).map((claimName, index) => ({ name: `c${index}`, persistentVolumeClaim: { claimName } })),
        ...(init.folders ?? []).map((path, index) => ({ name: `f${index}`, hostPath: { path } })),
      ],
    },
    status: { phase: init.phase ?? "Running", conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** A volume of a node. */
export function volumeObject({ name, claim, phase, on, folder, isLocal, isShared, driver, key }: VolumeOnNode): Fields {
  const [namespace = "", claimName = ""] = claim?.split("/") ?? [];
  const expression = { key: key ?? "kubernetes.io/hostname", operator: "In", values: on };
  const required = { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
  return {
    metadata: { name },
    spec: {
      capacity: { storage: "10Gi" },
      accessModes: [isShared === true ? "ReadWriteMany" : "ReadWriteOnce"],
      ...(claim === undefined ? {} : { claimRef: { namespace, name: claimName } }),
      ...(folder === undefined ? {} : { [isLocal === true ? "local" : "hostPath"]: { path: folder } }),
      ...(driver === undefined ? {} : { csi: { driver, volumeHandle: name } }),
      ...(on === undefined ? {} : { nodeAffinity: { required } }),
    },
    status: { phase: phase ?? (claim === undefined ? "Available" : "Bound") },
  };
}

function affinityOf({ affinity, isApart }: PodInit): Fields {
  const required = { nodeSelectorTerms: [{ matchExpressions: affinity }] };
  const rule = { topologyKey: "kubernetes.io/hostname", labelSelector: {} };
  return {
    ...(affinity === undefined ? {} : { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }),
    ...(isApart === true ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [rule] } } : {}),
  };
}
