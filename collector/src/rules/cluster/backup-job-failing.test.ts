import { describe, expect, it } from "vitest";
import type { BackupJob, BackupJobSeen } from "../../state/cluster/backup-job.ts";
import { judgeCluster, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { startMs } from "../../test-support/states.ts";
import { backupJobFailing as rule } from "./backup-job-failing.ts";

const hourMs = 3_600_000;
const name = "backups/nightly";

function job(seen: BackupJobSeen | undefined, overrides: Partial<BackupJob> = {}): BackupJob {
  const problem = seen === undefined ? "the collector may not read it" : undefined;
  return { kind: "cron-job", name, seen, problem, askedAtMs: startMs - 60_000, ...overrides };
}

function cronJob(
  lastSuccessHoursAgo: number | undefined,
  more: { isSuspended?: boolean; madeHoursAgo?: number } = {},
): BackupJob {
  return job({
    kind: "cron-job",
    isSuspended: more.isSuspended ?? false,
    lastSuccessAtMs: lastSuccessHoursAgo === undefined ? undefined : startMs - lastSuccessHoursAgo * hourMs,
    createdAtMs: startMs - (more.madeHoursAgo ?? 1_000) * hourMs,
  });
}

const judge = (...backups: readonly BackupJob[]) => judgeCluster(rule, { backups });
const said = (each: BackupJob): string | undefined => saidBy(rule, judge(each))[name];

describe("backup-job-failing", () => {
  it.each([
    { what: "one that succeeded last night", each: cronJob(20), expected: "clear" },
    { what: "one that succeeded two nights ago", each: cronJob(44), expected: "medium" },
    { what: "one that missed two nights", each: cronJob(53), expected: "high" },
    { what: "one that never succeeded", each: cronJob(undefined), expected: "high" },
    { what: "one that was made an hour ago", each: cronJob(undefined, { madeHoursAgo: 1 }), expected: "clear" },
    { what: "one that is suspended", each: cronJob(1, { isSuspended: true }), expected: "medium" },
    { what: "one that is not there", each: job({ kind: "none" }), expected: "high" },
    { what: "one that may not be read", each: job(undefined), expected: "hold" },
    { what: "an answer of ten minutes ago", each: { ...cronJob(44), askedAtMs: startMs - 600_000 }, expected: "hold" },
  ])("judges $what: $expected", ({ each, expected }) => {
    expect(said(each)).toBe(expected);
  });

  it("says since when, in words that do not change with every minute, and how to read why", () => {
    expect(judge(cronJob(44))).toMatchObject([
      {
        text: "the CronJob backups/nightly did not succeed since 2026-11-20 16:00 UTC",
        action: expect.stringContaining("kubectl -n backups get jobs"),
      },
    ]);
    expect(judge(cronJob(1, { isSuspended: true }))).toMatchObject([
      { action: `kubectl -n backups patch cronjob nightly -p '{"spec":{"suspend":false}}'` },
    ]);
    expect(textOf(judge(cronJob(undefined)))).toContain("never succeeded since it was made");
  });

  it("says nothing of Deployments, and nothing before anybody was asked", () => {
    const way = job({ kind: "deployment", wantedReplicas: 1, readyReplicas: 0 }, { kind: "deployment" });

    expect(judge(way)).toEqual([]);
    expect(judgeCluster(rule, { backups: undefined })).toEqual([]);
  });
});
