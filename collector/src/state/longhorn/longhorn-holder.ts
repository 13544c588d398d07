/** What the cluster says of Longhorn, with its own freshness; beside the cluster's Nodes. Filled by ingest/cluster, read by everybody. */
import type { LonghornNode } from "./longhorn-node.ts";
import type { LonghornBackupTarget, LonghornReplica, LonghornStorageClass, LonghornVolume } from "./longhorn-volume.ts";

/** How much is known of Longhorn. */
export type LonghornKnowledge =
  /** Not all of it was listed since this process started. */
  | { readonly kind: "unknown"; readonly problem: string | undefined }
  /** The API server has no such objects: Longhorn is not installed. */
  | { readonly kind: "absent"; readonly heardAtMs: number }
  /** All kinds were listed completely, and are followed since. */
  | { readonly kind: "known"; readonly heardAtMs: number; readonly problem: string | undefined };

/** What is seen of Longhorn. Arrays and maps are snapshots: the same object while nothing of their kind changed. */
export interface LonghornView {
  readonly knowledge: LonghornKnowledge;
  node(name: string): LonghornNode | undefined;
  nodes(): readonly LonghornNode[];
  volumes(): readonly LonghornVolume[];
  volume(name: string): LonghornVolume | undefined;
  replicas(): readonly LonghornReplica[];
  /** By UUID of the disk (LonghornDiskStatus.uuid): also those of a disk that is not ready now, whose status lists none. */
  replicasOnDisk(uuid: string): readonly LonghornReplica[];
  replicasOfVolume(name: string): readonly LonghornReplica[];
  storageClasses(): readonly LonghornStorageClass[];
  backupTargets(): readonly LonghornBackupTarget[];
  /** Value of one of Longhorn's settings, e.g. allow-empty-disk-selector-volume; undefined where it has none. */
  setting(name: string): string | undefined;
  /** Of its manager (setting current-longhorn-version), e.g. v1.7.2; undefined where it does not say. */
  readonly version: string | undefined;
  /**
   * Grows with every change of what replicas could be placed by: nodes, disks, volumes, replicas, classes, settings. What was computed of all of it
   * holds while it is the same.
   */
  readonly revision: number;
  /**
   * Calls the listener at most once per turn of the event loop, with the names of Longhorn nodes that came, went or changed since its last call, and
   * whether anything else of Longhorn did.
   */
  subscribe(listener: (change: LonghornChange) => void): Disposable;
}

/** What changed. */
export interface LonghornChange {
  readonly nodes: readonly string[];
  /** Volumes, replicas, classes, settings, backup targets. */
  readonly hasOther: boolean;
}
