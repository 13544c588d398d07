/** What rules about the ways of backups have in common. */
import type { Measure, Severity } from "@nodekeeper/shared/api";
import type { SubjectRef, Verdict } from "../../evaluate/rule.ts";
import type { BackupJob } from "../../state/cluster/backup-job.ts";
import { measuredInSteps } from "./measure.ts";

/** They are asked after once a minute; after this long nothing is concluded from an answer. */
const answerLimitMs = 5 * 60_000;
/** One was missed, and the next one, too. */
const loudAges = 2;

/** The verdict on each of a kind; none before they were asked. Where it could not be asked, or not lately, all is held. */
export function backupJobsOf(
  backups: readonly BackupJob[] | undefined,
  kind: BackupJob["kind"],
  nowMs: number,
  judge: (job: BackupJob, subject: SubjectRef) => Verdict,
): readonly Verdict[] {
  return (backups ?? [])
    .filter((job) => job.kind === kind)
    .map((job) => {
      const subject = { kind, id: job.name };
      const isKnown = job.seen !== undefined && nowMs - job.askedAtMs <= answerLimitMs;
      return isKnown ? judge(job, subject) : { kind: "hold", subject, reason: job.problem ?? "it was not asked after lately" };
    });
}

/** How loud a backup is that is so many times as old as it may be. */
export function severityOf(ages: number): Severity {
  return ages >= loudAges ? "high" : "medium";
}

/** Told anew with each backup that is missed. */
export function measureOf(ages: number): Measure {
  return measuredInSteps("times_the_age_allowed", ages, 1);
}

/** How a person reads what the last run of a CronJob said: its Jobs bear its name and the time for which they were made. */
export function logsOf(namespace: string, cronJob: string): string {
  return `kubectl -n ${namespace} get jobs --sort-by=.metadata.creationTimestamp | grep ^${cronJob}-, then kubectl -n ${namespace} logs job/<the last of them>`;
}
