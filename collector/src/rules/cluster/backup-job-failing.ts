/**
 * A CronJob that makes backups, by the policy, did not succeed for longer than the policy allows, is suspended, or is not there. By the CronJob's own
 * status: whatever keeps its pods from succeeding, no success is none. It is loud from twice the age that is allowed on: one backup that was missed may wait
 * for the morning, two may not.
 */
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { BackupJob } from "../../state/cluster/backup-job.ts";
import { backupJobsOf, logsOf, measureOf, severityOf } from "../support/backup-jobs.ts";
import { evidenceOf } from "../support/evidence.ts";
import { isoTime } from "../support/node-clock.ts";

export const backupJobFailing: ClusterRule = defineClusterRule({
  code: "backup-job-failing",
  title: "Backups are not made",
  severity: "medium",
  holdMs: 2 * 60_000, // what is deployed anew is gone for a moment
  clearMs: 0,
  isWhole: ({ backups }) => backups !== undefined,
  evaluate: ({ backups, nowMs, maximumBackupAgeMs }) =>
    backupJobsOf(backups, "cron-job", nowMs, (job, subject) => judge(job, subject, nowMs, maximumBackupAgeMs)),
});

function judge({ name, seen, askedAtMs }: BackupJob, subject: Verdict["subject"], nowMs: number, maximumAgeMs: number): Verdict {
  const [namespace = "", shortName = ""] = name.split("/");
  if (seen?.kind !== "cron-job") {
    return {
      ...{ kind: "raise", subject, severity: "high", evidence: [] },
      text: `there is no CronJob ${name}, which makes backups by the policy`,
      action: "Deploy it again, or take its name out of the policy (backups.cronJobs).",
    };
  }
  const { isSuspended, lastSuccessAtMs, createdAtMs } = seen;
  const facts = { last_success_at: isoTime(lastSuccessAtMs), created_at: isoTime(createdAtMs), is_suspended: isSuspended };
  const evidence = evidenceOf(facts, askedAtMs);
  if (isSuspended) {
    return {
      ...{ kind: "raise", subject, evidence },
      text: `the CronJob ${name} is suspended: it makes no backups`,
      action: `kubectl -n ${namespace} patch cronjob ${shortName} -p '{"spec":{"suspend":false}}'`,
    };
  }
  // One that never succeeded has as long as any other, from its beginning.
  const sinceMs = lastSuccessAtMs ?? createdAtMs;
  if (nowMs - sinceMs <= maximumAgeMs) return { kind: "clear", subject };
  const ages = (nowMs - sinceMs) / maximumAgeMs;
  const since = new Date(sinceMs).toISOString().slice(0, 16).replace("T", " ");
  return {
    ...{ kind: "raise", subject, evidence, severity: severityOf(ages), measure: measureOf(ages) },
    text:
      lastSuccessAtMs === undefined
        ? `the CronJob ${name} never succeeded since it was made at ${since} UTC`
        : `the CronJob ${name} did not succeed since ${since} UTC`,
    action: `Read what its last run said: ${logsOf(namespace, shortName)}`,
  };
}
