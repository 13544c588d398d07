/** Volumes and replicas of Longhorn (volumes.longhorn.io, replicas.longhorn.io, v1beta2) as far as we look at them. */

/** A volume. */
export interface LonghornVolume {
  readonly name: string;
  readonly sizeBytes: number;
  /** What is really stored of it, at most its size. */
  readonly actualBytes: number;
  /** How many replicas it should have. */
  readonly replicaCount: number;
  /** Tags that a disk must have, all of them. */
  readonly diskSelector: readonly string[];
  /** Tags that a node must have, all of them. */
  readonly nodeSelector: readonly string[];
  /** "enabled", "disabled", or "ignored" (the setting counts) – each of the three anti-affinities. */
  readonly softAntiAffinity: Readonly<Record<"node" | "zone" | "disk", SoftAntiAffinity>>;
  /** v1, v2. */
  readonly dataEngine: string;
  /** disabled, best-effort, strict-local. */
  readonly dataLocality: string;
  /** attached, detached, attaching, detaching, creating, deleting; empty where no manager has said anything yet. */
  readonly state: string;
  /** healthy, degraded, faulted, unknown: a detached volume is unknown. */
  readonly robustness: string;
  /** Where it is attached; empty where it is not. */
  readonly attachedTo: string;
  /** Who uses it, as Longhorn knows (workloads as StatefulSet/postgres or Pod/shell); undefined where no claim is bound to it. */
  readonly claim: { readonly namespace: string; readonly name: string; readonly workloads: readonly string[] } | undefined;
  /** Undefined: it has none. */
  readonly lastBackupAtMs: number | undefined;
}

/** Of one of the three. */
export type SoftAntiAffinity = "enabled" | "disabled" | "ignored";

/** A replica. */
export interface LonghornReplica {
  readonly name: string;
  readonly volume: string;
  /** Empty where it was not scheduled. */
  readonly node: string;
  /** UUID of its disk (LonghornDiskStatus.uuid); empty where it was not scheduled. */
  readonly diskUuid: string;
  readonly sizeBytes: number;
  /** It was built whole once (spec.healthyAt) and did not fail since (spec.failedAt). */
  readonly isHealthy: boolean;
  /** spec.failedAt is set. */
  readonly isFailed: boolean;
  /** It runs now. */
  readonly isRunning: boolean;
  readonly isEvicting: boolean;
}

/** A class by which volumes are made, where Longhorn's driver makes them (provisioner driver.longhorn.io). */
export interface LonghornStorageClass {
  readonly name: string;
  readonly isDefault: boolean;
  /** Longhorn's default where the class does not say. */
  readonly replicaCount: number;
  /** Split at commas and not trimmed, as Longhorn does: "ssd, fast" matches nothing. */
  readonly diskSelector: readonly string[];
  readonly nodeSelector: readonly string[];
  readonly dataEngine: string;
}

/** Where backups go (backuptargets.longhorn.io). */
export interface LonghornBackupTarget {
  readonly name: string;
  /** Without credentials; empty: none is set up. */
  readonly url: string;
  /** Undefined: Longhorn does not say. */
  readonly isAvailable: boolean | undefined;
  /** Of its condition Unavailable; empty: none. */
  readonly message: string;
  readonly lastSyncedAtMs: number | undefined;
}
