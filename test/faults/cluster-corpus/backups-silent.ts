/** Backups end, and nobody says so. */
import { aLonghorn } from "../../../collector/src/longhorn/test-support/made-longhorn.ts";
import type { BackupJob } from "../../../collector/src/state/cluster/backup-job.ts";
import { startMs } from "../../../collector/src/test-support/states.ts";
import type { ClusterFault } from "../cluster-fault.ts";
import { dayMs, hourMs, minuteMs } from "../fault.ts";

/** The job ran well last at this moment; it is asked about every minute. */
function job(nowMs: number, lastSuccessAtMs: number): readonly BackupJob[] {
  const seen = { kind: "cron-job", isSuspended: false, lastSuccessAtMs, createdAtMs: startMs - 100 * dayMs } as const;
  return [{ kind: "cron-job", name: "backups/nightly", seen, problem: undefined, askedAtMs: nowMs - minuteMs }];
}

function seen(nowMs: number, lastSuccessAtMs: number) {
  const volumes = [{ name: "pvc-1", lastBackupAtMs: lastSuccessAtMs, state: "attached" }] as const;
  return { backups: job(nowMs, lastSuccessAtMs), longhorn: aLonghorn({ volumes }) };
}

const lastNightMs = startMs - 8 * hourMs;

export const backupsSilent: ClusterFault = {
  name: "backups-silent",
  title: "The nightly backup of a cluster does not run any more, without an error anywhere",
  source: "Longhorn's recurring jobs; CronJob status lastSuccessfulTime; monitoring facts 15.5: nobody notices silence",
  acts: [
    { what: "it ran last night", lastsMs: hourMs, seen: (nowMs) => seen(nowMs, lastNightMs), stand: [] },
    {
      what: "one night passes without it",
      lastsMs: 20 * hourMs,
      seen: (nowMs) => seen(nowMs, lastNightMs),
      stand: ["backup-job-failing medium backups/nightly", "volume-backup-old medium"],
    },
    {
      what: "and a second",
      lastsMs: 25 * hourMs,
      seen: (nowMs) => seen(nowMs, lastNightMs),
      stand: ["backup-job-failing high backups/nightly", "volume-backup-old high"],
    },
    { what: "it runs again", lastsMs: 10 * minuteMs, seen: (nowMs) => seen(nowMs, startMs + 46 * hourMs), stand: [] },
  ],
  told: ["firing backup-job-failing", "firing volume-backup-old", "resolved backup-job-failing", "resolved volume-backup-old"],
};
