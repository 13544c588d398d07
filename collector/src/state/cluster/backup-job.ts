/** What backups depend on, by the policy, as the cluster last said it. Filled by ingest/cluster, read by rules. */

/** A CronJob or Deployment that backups depend on, by the policy. */
export interface BackupJob {
  readonly kind: "cron-job" | "deployment";
  /** NAMESPACE/NAME. */
  readonly name: string;
  /** Undefined: it could not be asked; `problem` says why. */
  readonly seen: BackupJobSeen | undefined;
  readonly problem: string | undefined;
  readonly askedAtMs: number;
}

/** What was answered. */
export type BackupJobSeen =
  | { readonly kind: "none" }
  | {
      readonly kind: "cron-job";
      readonly isSuspended: boolean;
      /** Undefined: it never succeeded, or the cluster keeps none of its successes. */
      readonly lastSuccessAtMs: number | undefined;
      readonly createdAtMs: number;
    }
  | { readonly kind: "deployment"; readonly wantedReplicas: number; readonly readyReplicas: number };
