/**
 * What backups depend on, asked of a real API server under the collector's own rights: CronJobs and Deployments as their controllers leave them, a Role
 * that is missing and is granted, names that are nobody's.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askAfterBackupJobs, type BackupJobs } from "../../collector/src/ingest/cluster/backup-jobs.ts";
import { createLogger } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { createNamespace, grant } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { hurriedClock } from "./hurried-clock.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const selector = { matchLabels: { app: "a" } };
const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a" }] } };
const jobTemplate = { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } } } };
const lastSuccess = "2026-11-22T03:10:00Z";
const rights = [
  { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["get"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
];

describe.skipIf(missing !== undefined)(`what backups depend on, on a real API server${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let backups: BackupJobs;

  beforeAll(async () => {
    house = await startHouse();
    const { admin } = house.cluster;
    const cronJobs = "/apis/batch/v1/namespaces/backups/cronjobs";
    const deployments = "/apis/apps/v1/namespaces/backups/deployments";
    for (const namespace of ["backups", "closed"]) await createNamespace(admin, namespace);
    const nightly = { metadata: { name: "nightly" }, spec: { schedule: "10 3 * * *", jobTemplate } };
    const made = await admin.create(cronJobs, nightly);
    await admin.replace(`${cronJobs}/nightly/status`, { ...made, status: { lastSuccessfulTime: lastSuccess } });
    await admin.create(cronJobs, { ...nightly, metadata: { name: "paused" }, spec: { ...nightly.spec, suspend: true } });
    const proxy = await admin.create(deployments, { metadata: { name: "nfs-proxy" }, spec: { replicas: 2, selector, template } });
    await admin.replace(`${deployments}/nfs-proxy/status`, { ...proxy, status: { replicas: 2, readyReplicas: 1 } });
    await admin.create(deployments, { metadata: { name: "waits" }, spec: { selector, template } });
    await grant(admin, names.collector, { rules: rights, namespace: "backups" });
    backups = askAfterBackupJobs({
      client: house.client,
      wanted: () => ({
        cronJobs: ["backups/nightly", "backups/paused", "backups/gone", "closed/nightly"],
        deployments: ["backups/nfs-proxy", "backups/waits"],
      }),
      ...{ clock: hurriedClock(300), random: () => 0.5, logger: createLogger("test", "silent") },
    });
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await backups?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  it("are told as the cluster has them, and one that is not there as none", async () => {
    const current = await until(async () => backups.current);

    expect(Object.fromEntries(current.map(({ name, seen }) => [name, seen]))).toEqual({
      "backups/nightly": {
        ...{ kind: "cron-job", isSuspended: false, lastSuccessAtMs: Date.parse(lastSuccess), createdAtMs: expect.any(Number) },
      },
      "backups/paused": { kind: "cron-job", isSuspended: true, lastSuccessAtMs: undefined, createdAtMs: expect.any(Number) },
      "backups/gone": { kind: "none" },
      "closed/nightly": undefined,
      "backups/nfs-proxy": { kind: "deployment", wantedReplicas: 2, readyReplicas: 1 },
      "backups/waits": { kind: "deployment", wantedReplicas: 1, readyReplicas: 0 },
    });
  });

  it("are a trouble that names the Role where they may not be read, until they may", async () => {
    expect(backups.problems()).toEqual([
      "the collector may not read CronJob closed/nightly, which the policy names under backups: allow get on cronjobs of batch in namespace closed to the collector's ServiceAccount, by a Role and a RoleBinding there",
    ]);

    await grant(house.cluster.admin, names.collector, { rules: rights, namespace: "closed" });

    const seen = await until(async () => backups.current?.find(({ name }) => name === "closed/nightly")?.seen);
    expect(seen).toEqual({ kind: "none" });
    await until(async () => backups.problems().length === 0);
  });
});
