/** A Longhorn for tests, as the collector sees it: nodes with disks, volumes whose replicas lie on them, classes and settings. */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { LonghornCondition, LonghornDisk, LonghornDiskStatus, LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { LonghornReplica, LonghornStorageClass, LonghornVolume } from "../../state/longhorn/longhorn-volume.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";

/** What there is. Replicas of a volume are made where it lists disks, as "node/disk". */
export interface LonghornInit {
  readonly nodes?: readonly LonghornNode[];
  readonly volumes?: readonly VolumeInit[];
  readonly classes?: readonly (Partial<LonghornStorageClass> & { readonly name: string })[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly problem?: string;
}

/** A volume, and where its replicas are. */
export interface VolumeInit extends Partial<LonghornVolume> {
  readonly name: string;
  readonly on?: readonly string[];
}

/** A GiB. */
export const gib: number = 2 ** 30;

let revision = 0;

/** Makes one that is known. */
export function aLonghorn(init: LonghornInit = {}): Omit<LonghornView, "subscribe"> {
  const { nodes = [], settings = {}, version = "v1.12.1" } = init;
  const volumes = (init.volumes ?? []).map(volumeOf);
  const replicas = (init.volumes ?? []).flatMap(replicasOf);
  const classes = (init.classes ?? []).map((each) => ({ ...aClass, ...each }));
  revision += 1;
  return {
    ...noLonghorn,
    ...{ version, revision, nodes: () => nodes, volumes: () => volumes, replicas: () => replicas, storageClasses: () => classes },
    knowledge: { kind: "known", heardAtMs: 0, problem: init.problem },
    node: (name) => nodes.find((each) => each.name === name),
    volume: (name) => volumes.find((each) => each.name === name),
    replicasOnDisk: (uuid) => replicas.filter(({ diskUuid }) => diskUuid === uuid),
    replicasOfVolume: (name) => replicas.filter(({ volume }) => volume === name),
    setting: (name) => settings[name],
  };
}

/** A node that is well, with one disk "d" unless others are given. */
export function aNode(
  name: string,
  fields: Partial<Omit<LonghornNode, "disks">> = {},
  disks?: readonly LonghornDisk[],
): LonghornNode {
  return {
    ...{ name, uid: `uid-${name}`, resourceVersion: "1", isDeleting: false, annotations: {}, allowScheduling: true },
    ...{ evictionRequested: false, tags: [], isSyncing: false, zone: "", conditions: [holds("Ready"), holds("Schedulable")] },
    ...fields,
    disks: new Map((disks ?? [aDisk("d", {}, { uuid: `${name}/d` })]).map((disk) => [disk.name, named(disk, name)])),
  };
}

/** A disk that is well: 100 GiB, nearly empty. Its UUID is "node/disk". */
export function aDisk(
  name: string,
  fields: Partial<LonghornDisk> = {},
  status: Partial<LonghornDiskStatus> | undefined = {},
): LonghornDisk {
  return {
    ...{ name, path: `/var/lib/${name}`, type: "filesystem", allowScheduling: true, evictionRequested: false },
    ...{ storageReservedBytes: 0, tags: [], hasTagsField: true },
    status: {
      ...{ uuid: "", maximumBytes: 100 * gib, availableBytes: 90 * gib, scheduledBytes: 0 },
      ...{ conditions: [], isReady: true, isSchedulable: true, health: [] },
      ...status,
    },
    ...fields,
  };
}

/** A condition that is true, or another. */
export function holds(type: string, status = "True"): LonghornCondition {
  return { type, status, reason: "", message: "", lastTransitionAtMs: undefined };
}

function named(disk: LonghornDisk, node: string): LonghornDisk {
  if (disk.status === undefined || disk.status.uuid !== "") return disk;
  return { ...disk, status: { ...disk.status, uuid: `${node}/${disk.name}` } };
}

const aClass: Omit<LonghornStorageClass, "name"> = {
  ...{ isDefault: false, replicaCount: 3, diskSelector: [], nodeSelector: [], dataEngine: "v1" },
};

function volumeOf({ on: _, ...init }: VolumeInit): LonghornVolume {
  return {
    ...{ sizeBytes: gib, actualBytes: 0, replicaCount: 3, diskSelector: [], nodeSelector: [], dataEngine: "v1" },
    ...{ softAntiAffinity: { node: "ignored", zone: "ignored", disk: "ignored" }, dataLocality: "disabled", state: "attached" },
    ...{ robustness: "healthy", attachedTo: "", claim: undefined, lastBackupAtMs: undefined },
    ...init,
  };
}

function replicasOf({ name, on = [], sizeBytes = gib }: VolumeInit): readonly LonghornReplica[] {
  return on.map((place, index) => ({
    ...{ name: `${name}-r${index}`, volume: name, node: place.split("/")[0] ?? "", diskUuid: place, sizeBytes },
    ...{ isHealthy: true, isFailed: false, isRunning: true, isEvicting: false },
  }));
}
