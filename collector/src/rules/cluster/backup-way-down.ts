/** A Deployment that the way to the backups leads through, by the policy, has no replica that is ready: nothing comes to the place where they are kept. */
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { BackupJob } from "../../state/cluster/backup-job.ts";
import { backupJobsOf } from "../support/backup-jobs.ts";
import { evidenceOf } from "../support/evidence.ts";

export const backupWayDown: ClusterRule = defineClusterRule({
  code: "backup-way-down",
  title: "The way to the backups is down",
  severity: "medium",
  holdMs: 5 * 60_000, // a new version, or a node that restarts
  clearMs: 60_000,
  isWhole: ({ backups }) => backups !== undefined,
  evaluate: ({ backups, nowMs }) => backupJobsOf(backups, "deployment", nowMs, judge),
});

function judge({ name, seen, askedAtMs }: BackupJob, subject: Verdict["subject"]): Verdict {
  const [namespace = "", shortName = ""] = name.split("/");
  if (seen?.kind !== "deployment") {
    return {
      ...{ kind: "raise", subject, severity: "high", evidence: [] },
      text: `there is no Deployment ${name}, which the way to the backups leads through by the policy`,
      action: "Deploy it again, or take its name out of the policy (backups.deployments).",
    };
  }
  const { wantedReplicas, readyReplicas } = seen;
  if (readyReplicas > 0) return { kind: "clear", subject };
  const evidence = evidenceOf({ wanted_replicas: wantedReplicas, ready_replicas: readyReplicas }, askedAtMs);
  if (wantedReplicas === 0) {
    return {
      ...{ kind: "raise", subject, evidence },
      text: `the Deployment ${name} is scaled to none: nothing reaches the backups through it`,
      action: `kubectl -n ${namespace} scale deployment ${shortName} --replicas=1`,
    };
  }
  return {
    ...{ kind: "raise", subject, evidence },
    text: `the Deployment ${name} has no replica that is ready: nothing reaches the backups through it`,
    action: `kubectl -n ${namespace} describe deployment ${shortName} and its pods tell why; one that may run on one node only waits for that node.`,
  };
}
