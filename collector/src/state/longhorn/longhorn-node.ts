/**
 * Longhorn's node object (nodes.longhorn.io/v1beta2) as far as we look at it, read tolerantly: fields come with its versions. What is not said is
 * undefined, and never the zero value of Go.
 */

/** One of Longhorn's nodes; it bears the name of the Kubernetes Node. */
export interface LonghornNode {
  readonly name: string;
  /** Another one under the same name has none of what was written on the one before: Longhorn deletes it together with the Kubernetes Node. */
  readonly uid: string;
  /** Changes with every write of anybody; Longhorn writes the status often. */
  readonly resourceVersion: string;
  /** Being deleted: nothing is written on it any more. */
  readonly isDeleting: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly allowScheduling: boolean;
  readonly evictionRequested: boolean;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  /** By name of the disk, from spec and status; the webhook refuses all writes while the two differ (`isSyncing`). */
  readonly disks: ReadonlyMap<string, LonghornDisk>;
  /** Whether spec.disks and status.diskStatus name other disks: then every write is answered with 403. */
  readonly isSyncing: boolean;
  readonly conditions: readonly LonghornCondition[];
  /** Empty where there is none. */
  readonly zone: string;
}

/** A disk of it. */
export interface LonghornDisk {
  /** Key in spec.disks, e.g. default-disk-9b69791540b0aa9c. */
  readonly name: string;
  /** Folder on the host, as it is written (it may end with a slash); of a block disk a device. */
  readonly path: string;
  readonly type: "filesystem" | "block";
  readonly allowScheduling: boolean;
  readonly evictionRequested: boolean;
  readonly storageReservedBytes: number;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  /** Whether spec.disks has a field for them: a patch of what is not there fails. */
  readonly hasTagsField: boolean;
  /** What Longhorn found; undefined: nothing yet. */
  readonly status: LonghornDiskStatus | undefined;
}

/** What Longhorn found of a disk. */
export interface LonghornDiskStatus {
  /** Empty while it was never ready. */
  readonly uuid: string;
  /** All three are 0 while the disk is not ready: that does not mean that it is empty. */
  readonly maximumBytes: number;
  readonly availableBytes: number;
  readonly scheduledBytes: number;
  readonly conditions: readonly LonghornCondition[];
  /** Condition Ready is True. */
  readonly isReady: boolean;
  /** Condition Schedulable is True. */
  readonly isSchedulable: boolean;
  /** What Longhorn itself read of the devices' health (1.11 and newer); empty elsewhere. */
  readonly health: readonly LonghornDiskHealth[];
}

/** A condition. */
export interface LonghornCondition {
  readonly type: string;
  /** True, False, Unknown. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionAtMs: number | undefined;
}

/** Health of one device, by Longhorn's own reading. */
export interface LonghornDiskHealth {
  /** Key in healthData: the device, e.g. /dev/nvme0. */
  readonly device: string;
  readonly serial: string;
  readonly model: string;
  /** PASSED, WARNING, FAILED, UNKNOWN. */
  readonly status: string;
  readonly collectedAtMs: number | undefined;
}
