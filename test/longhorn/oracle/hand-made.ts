/** Nodes, disks and volumes of Longhorn that are well, for tests that say what matters to them. */
import type { LonghornCondition, LonghornDisk, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import type { LonghornVolume } from "../../../collector/src/state/longhorn/longhorn-volume.ts";

const gibBytes = 2 ** 30;

/** An empty disk that is open. */
export function aDiskOf(init: {
  readonly node: string;
  readonly name: string;
  readonly gib: number;
  readonly tags?: readonly string[];
}): LonghornDisk {
  const { node, name, gib, tags = [] } = init;
  const maximumBytes = gib * gibBytes;
  return {
    ...{ name, path: `/data/${name}`, type: "filesystem", allowScheduling: true, evictionRequested: false },
    ...{ storageReservedBytes: 0, tags, hasTagsField: true },
    status: {
      ...{ uuid: `${node}-${name}`, maximumBytes, availableBytes: maximumBytes, scheduledBytes: 0, health: [] },
      ...{ conditions: [condition("Ready"), condition("Schedulable")], isReady: true, isSchedulable: true },
    },
  };
}

/** A node that is ready. */
export function aNodeOf(init: {
  readonly name: string;
  readonly zone?: string;
  readonly disks: readonly LonghornDisk[];
}): LonghornNode {
  const { name, zone = "", disks } = init;
  return {
    ...{ name, zone, uid: `uid-${name}`, resourceVersion: "1", isDeleting: false, annotations: {}, tags: [], isSyncing: false },
    ...{ allowScheduling: true, evictionRequested: false, conditions: [condition("Ready"), condition("Schedulable")] },
    disks: new Map(disks.map((disk) => [disk.name, disk])),
  };
}

/** A volume that is attached nowhere, and has no replicas yet. */
export function aVolumeOf(init: {
  readonly name?: string;
  readonly gib: number;
  readonly replicaCount: number;
  readonly diskSelector?: readonly string[];
  readonly softAntiAffinity?: Partial<LonghornVolume["softAntiAffinity"]>;
}): LonghornVolume {
  const { name = "v0", gib, replicaCount, diskSelector = [], softAntiAffinity = {} } = init;
  return {
    ...{ name, replicaCount, diskSelector, nodeSelector: [], sizeBytes: gib * gibBytes, actualBytes: 0, dataEngine: "v1" },
    softAntiAffinity: { node: "ignored", zone: "ignored", disk: "ignored", ...softAntiAffinity },
    ...{ dataLocality: "disabled", state: "detached", robustness: "unknown", attachedTo: "" },
    ...{ claim: undefined, lastBackupAtMs: undefined },
  };
}

/** A condition that holds. */
function condition(type: string, is = true): LonghornCondition {
  return { type, status: is ? "True" : "False", reason: "", message: "", lastTransitionAtMs: undefined };
}
