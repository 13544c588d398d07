/** Longhorn's objects as its manager and its webhook read and write them: Go's structs, in which what is not said is the zero value. */
import type { KubernetesObject, ObjectMetadata } from "../kubernetes/cluster-api.ts";

/** A disk as its owner wants it. */
export interface DiskSpec {
  readonly path?: string;
  readonly diskType?: string;
  readonly diskDriver?: string;
  readonly allowScheduling?: boolean;
  readonly evictionRequested?: boolean;
  readonly storageReserved?: number;
  readonly tags?: readonly string[] | null;
}

/** By name. */
export type Disks = Readonly<Record<string, DiskSpec>>;

/** A node as its owner wants it. */
export interface NodeSpec {
  readonly name?: string;
  readonly allowScheduling?: boolean;
  readonly evictionRequested?: boolean;
  readonly instanceManagerCPURequest?: number;
  readonly tags?: readonly string[] | null;
  readonly disks?: Disks | null;
}

/** A condition. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastProbeTime: string;
  readonly lastTransitionTime: string;
}

/** What the manager found of a disk. */
export interface DiskStatus {
  readonly diskUUID: string;
  readonly diskName: string;
  readonly diskPath: string;
  readonly diskType: string;
  readonly filesystemType: string;
  readonly storageMaximum: number;
  readonly storageAvailable: number;
  readonly storageScheduled: number;
  readonly scheduledReplica: Readonly<Record<string, number>>;
  readonly conditions: readonly Condition[];
  /** Of 1.11 and newer. */
  readonly healthData?: Readonly<Record<string, HealthData>>;
  readonly healthDataLastCollectedAt?: string;
}

/** What Longhorn's own reading of SMART says of a device. */
export interface HealthData {
  readonly source: "SMART" | "SPDK";
  readonly modelName: string;
  readonly serialNumber: string;
  readonly healthStatus: "PASSED" | "WARNING" | "FAILED" | "UNKNOWN";
}

/** nodes.longhorn.io. */
export interface LonghornNode extends KubernetesObject {
  readonly spec?: NodeSpec;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly diskStatus?: Readonly<Record<string, DiskStatus>> };
}

/** replicas.longhorn.io. */
export interface Replica {
  readonly metadata: ObjectMetadata;
  readonly spec: {
    readonly volumeName: string;
    readonly volumeSize: string;
    readonly nodeID: string;
    /** UUID of its disk. */
    readonly diskID: string;
    readonly evictionRequested?: boolean;
    readonly failedAt?: string;
    readonly healthyAt?: string;
  };
}

/** volumes.longhorn.io. */
export interface Volume {
  readonly metadata: ObjectMetadata;
  readonly spec: {
    readonly size: string;
    readonly numberOfReplicas: number;
    readonly diskSelector?: readonly string[];
    readonly nodeSelector?: readonly string[];
    /** Node where it is to be attached; empty: nowhere. */
    readonly nodeID?: string;
    /** "enabled", "disabled", "ignored". */
    readonly replicaSoftAntiAffinity?: string;
  };
  readonly status?: { readonly robustness?: string; readonly state?: string };
}
