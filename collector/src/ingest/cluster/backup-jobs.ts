/**
 * Asks the cluster after what backups depend on, by the names that the policy has: CronJobs that make them, Deployments that the way leads through.
 * They are few, and asked one by one once a minute: a watch of all CronJobs of a cluster would cost more, and needs more rights. Nothing is mounted.
 */
import { AppError, type Clock, type Fields, fieldsAt, type Logger, runEvery, textAt } from "@nodekeeper/shared";
import { isStatus } from "../../clients/kubernetes/api-failure.ts";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectKind } from "../../clients/kubernetes/object-kind.ts";
import type { BackupJob, BackupJobSeen } from "../../state/cluster/backup-job.ts";

/** What was heard last. Disposing it ends the asking. */
export interface BackupJobs extends AsyncDisposable {
  /** All that the policy names, CronJobs first; undefined until they were asked. */
  readonly current: readonly BackupJob[] | undefined;
  /** Why some could not be asked, with what to do. */
  problems(): readonly string[];
}

/** What it needs. */
export interface BackupJobsOptions {
  readonly client: Pick<KubernetesClient, "readOne">;
  /** Names as NAMESPACE/NAME, asked for anew each time. */
  readonly wanted: () => { readonly cronJobs: readonly string[]; readonly deployments: readonly string[] };
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const intervalMs = 60_000;
/** More names than anybody has jobs that make backups are a mistake of the policy, and would keep the API server busy. */
const maximumJobs = 64;

/** Begins to ask. */
export function askAfterBackupJobs({ client, wanted, clock, random, logger }: BackupJobsOptions): BackupJobs {
  const stopping = new AbortController();
  let current: readonly BackupJob[] | undefined;
  let told: ReadonlySet<string> = new Set();

  async function ask(): Promise<void> {
    const { cronJobs, deployments } = wanted();
    const jobs: readonly Wanted[] = [
      ...cronJobs.map((name) => ({ kind: "cron-job" as const, name })),
      ...deployments.map((name) => ({ kind: "deployment" as const, name })),
    ];
    const answers: BackupJob[] = [];
    for (const each of jobs.slice(0, maximumJobs)) {
      if (stopping.signal.aborted) return;
      answers.push(await askOne(each));
    }
    current = answers;
    tell(answers);
  }

  async function askOne(job: Wanted): Promise<BackupJob> {
    const [namespace = "", name = ""] = job.name.split("/");
    const form = forms[job.kind];
    try {
      const object = await client.readOne({ kind: form.kind, path: form.path(namespace) }, name, stopping.signal);
      return { ...job, seen: form.read(object), problem: undefined, askedAtMs: clock.wallMs() };
    } catch (thrown) {
      return { ...job, seen: undefined, problem: problemOf(job, namespace, thrown), askedAtMs: clock.wallMs() };
    }
  }

  /** Once when it begins: it stays among the troubles for as long as it lasts. */
  function tell(jobs: readonly BackupJob[]): void {
    const problems = new Set(jobs.flatMap(({ problem }) => problem ?? []));
    for (const problem of problems) if (!told.has(problem)) logger.warn({ problem }, "backups cannot be asked after");
    told = problems;
  }

  const asking = runEvery({ clock, random, signal: stopping.signal, intervalMs: () => intervalMs }, ask);

  return {
    get current() {
      return current;
    },
    problems: () => [...told],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await asking;
    },
  };
}

type Wanted = Pick<BackupJob, "kind" | "name">;

interface Form extends Pick<ObjectKind, "kind"> {
  path(namespace: string): string;
  /** For people: what a Role must allow. */
  readonly rights: string;
  read(object: Fields | undefined): BackupJobSeen;
}

const forms: Readonly<Record<BackupJob["kind"], Form>> = {
  "cron-job": {
    kind: "CronJob",
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    rights: "cronjobs of batch",
    read: (object) => (object === undefined ? { kind: "none" } : cronJobOf(object)),
  },
  deployment: {
    kind: "Deployment",
    path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
    rights: "deployments of apps",
    read: (object) => (object === undefined ? { kind: "none" } : deploymentOf(object)),
  },
};

function cronJobOf(object: Fields): BackupJobSeen {
  return {
    kind: "cron-job",
    isSuspended: fieldsAt(object, "spec")["suspend"] === true,
    lastSuccessAtMs: timeAt(fieldsAt(object, "status"), "lastSuccessfulTime"),
    createdAtMs: timeAt(fieldsAt(object, "metadata"), "creationTimestamp") ?? 0,
  };
}

/** One replica is wanted where nothing is said; what the status does not say is 0. */
function deploymentOf(object: Fields): BackupJobSeen {
  return {
    kind: "deployment",
    wantedReplicas: countAt(fieldsAt(object, "spec"), "replicas") ?? 1,
    readyReplicas: countAt(fieldsAt(object, "status"), "readyReplicas") ?? 0,
  };
}

function countAt(fields: Fields, key: string): number | undefined {
  const count = fields[key];
  return typeof count === "number" ? count : undefined;
}

function timeAt(fields: Fields, key: string): number | undefined {
  const atMs = Date.parse(textAt(fields, key) ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}

function problemOf({ kind, name }: Wanted, namespace: string, thrown: unknown): string {
  const { kind: shown, rights } = forms[kind];
  if (isStatus(thrown, 403)) {
    const role = `allow get on ${rights} in namespace ${namespace} to the collector's ServiceAccount, by a Role and a RoleBinding there`;
    return `the collector may not read ${shown} ${name}, which the policy names under backups: ${role}`;
  }
  return `${shown} ${name}, which the policy names under backups, cannot be read: ${AppError.from(thrown).message}`;
}
