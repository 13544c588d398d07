/** Makes of Longhorn's volume, as the API server says it, what we keep of it. */
import { type Fields, fieldsAt, listAt, textAt } from "@nodekeeper/shared";
import { bytesAt, nameOf, sharedAt, sharedList, textsAt, timeAt } from "./longhorn-fields.ts";
import type { LonghornVolume, SoftAntiAffinity } from "./longhorn-volume.ts";

/** A volume; undefined where it has no name. All else may be missing, and is then as Longhorn takes it. */
export function longhornVolumeOf(object: Fields): LonghornVolume | undefined {
  const name = nameOf(object);
  if (name === undefined) return undefined;
  const spec = fieldsAt(object, "spec");
  const status = fieldsAt(object, "status");
  return {
    name,
    sizeBytes: bytesAt(spec, "size"),
    actualBytes: bytesAt(status, "actualSize"),
    replicaCount: bytesAt(spec, "numberOfReplicas"),
    diskSelector: textsAt(spec, "diskSelector"),
    nodeSelector: textsAt(spec, "nodeSelector"),
    softAntiAffinity: {
      node: affinityAt(spec, "replicaSoftAntiAffinity"),
      zone: affinityAt(spec, "replicaZoneSoftAntiAffinity"),
      disk: affinityAt(spec, "replicaDiskSoftAntiAffinity"),
    },
    dataEngine: sharedAt(spec, "dataEngine") || "v1",
    dataLocality: sharedAt(spec, "dataLocality") || "disabled",
    state: sharedAt(status, "state"),
    robustness: sharedAt(status, "robustness") || "unknown",
    attachedTo: sharedAt(status, "currentNodeID"),
    claim: claimOf(fieldsAt(status, "kubernetesStatus")),
    lastBackupAtMs: timeAt(status, "lastBackupAt"),
  };
}

function affinityAt(spec: Fields, name: string): SoftAntiAffinity {
  const value = textAt(spec, name);
  return value === "enabled" || value === "disabled" ? value : "ignored";
}

/** Longhorn keeps what was, and says since when it is not so any more. */
function claimOf(used: Fields): LonghornVolume["claim"] {
  const namespace = sharedAt(used, "namespace");
  const name = sharedAt(used, "pvcName");
  if (name === "" || isSaid(used, "lastPVCRefAt")) return undefined;
  const workloads = isSaid(used, "lastPodRefAt") ? [] : listAt(used, "workloadsStatus").map(workloadOf);
  return { namespace, name, workloads: sharedList([...new Set(workloads)].filter((each) => each !== "").sort()) };
}

/** "StatefulSet/postgres"; of a pod that nothing made, "Pod/NAME". */
function workloadOf(workload: Fields): string {
  const kind = textAt(workload, "workloadType") || "Pod";
  const name = textAt(workload, "workloadName") || textAt(workload, "podName") || "";
  return name === "" ? "" : `${kind}/${name}`;
}

function isSaid(fields: Fields, name: string): boolean {
  return (textAt(fields, name) ?? "") !== "";
}
