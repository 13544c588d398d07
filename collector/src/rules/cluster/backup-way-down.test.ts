import { describe, expect, it } from "vitest";
import type { BackupJob, BackupJobSeen } from "../../state/cluster/backup-job.ts";
import { judgeCluster, saidBy } from "../../test-support/judge-cluster.ts";
import { startMs } from "../../test-support/states.ts";
import { backupWayDown as rule } from "./backup-way-down.ts";

const name = "backups/nfs-proxy";

function judge(seen: BackupJobSeen | undefined) {
  const way: BackupJob = { kind: "deployment", name, seen, problem: undefined, askedAtMs: startMs };
  return judgeCluster(rule, { backups: [way] });
}
const replicas = (wantedReplicas: number, readyReplicas: number) => judge({ kind: "deployment", wantedReplicas, readyReplicas });

describe("backup-way-down", () => {
  it("is content with one replica that is ready, however many are wanted", () => {
    expect(saidBy(rule, replicas(1, 1))[name]).toBe("clear");
    expect(saidBy(rule, replicas(3, 1))[name]).toBe("clear");
  });

  it("tells one without replicas from one that is scaled to none, and from one that is not there", () => {
    expect(replicas(1, 0)).toMatchObject([{ kind: "raise", text: expect.stringContaining("has no replica that is ready") }]);
    expect(replicas(0, 0)).toMatchObject([
      { kind: "raise", action: "kubectl -n backups scale deployment nfs-proxy --replicas=1" },
    ]);
    expect(saidBy(rule, judge({ kind: "none" }))[name]).toBe("high");
  });

  it("concludes nothing from no answer", () => {
    expect(saidBy(rule, judge(undefined))[name]).toBe("hold");
  });
});
