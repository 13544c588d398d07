/** The collector's own numbers, for Prometheus. docs/metrics.md describes each; a test holds the two together. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What ingest counts. Reasons are of fixed sets (ingest/problem.ts, ingest/session.ts), never what a node sent. */
export interface IngestMetrics {
  /** A report came, with its size on the wire. */
  reportReceived(bytes: number): void;
  /** An observation is new and was applied to the state. */
  observationTaken(): void;
  /** An observation was committed or in flight already. */
  observationRepeated(): void;
  /** All of an observation was dropped. */
  observationRejected(reason: string): void;
  /** A part of an observation was dropped. */
  partDropped(reason: string): void;
  /** An observation referred to facts that are not held. */
  fullNeeded(): void;
  /** A batch is on the disk. */
  committed(observationCount: number, durationMs: number): void;
  /** A write failed and will be tried again. */
  commitFailed(): void;
  /** An observation was acknowledged, so long after it came. */
  acknowledged(latencyMs: number): void;
  /** A stream was refused or ended by us. */
  streamRefused(reason: string): void;
}

/** What evaluation counts. */
export interface EvaluationMetrics {
  /** The rules were asked about a node. */
  nodeEvaluated(durationMs: number): void;
  /** A rule threw: a bug. Its findings stand as they were. */
  ruleFailed(rule: string): void;
}

/** What reconciliation counts. Names are of fixed sets: reconcilers, kinds of steps, never nodes or items. */
export interface ReconcileMetrics {
  /** A step was tried on the cluster. */
  written(reconciler: string, kind: string, result: "done" | "failed" | "conflict"): void;
  /** It was decided what an object should be, and which steps lead there. */
  decided(durationMs: number): void;
}

/** What waits in reconciliation now. */
export interface MeasuredReconciler {
  readonly name: string;
  readonly queued: number;
  readonly waitingFor: Readonly<Record<string, number>>;
  readonly held: number;
  readonly failing: number;
}

/** What is known of Longhorn. */
export interface MeasuredLonghorn {
  knowledge(): "unknown" | "absent" | "known";
  /** By kind. */
  objects(): Readonly<Record<string, number>>;
  /** NaN until it was listed. */
  heardAtMs(): number;
}

/** Numbers that are asked for when somebody reads the page. */
export interface MeasuredNow {
  streams(): number;
  stateVersion(): number;
  queuedObservations(): number;
  queuedBytes(): number;
  /** 1 while agents are heard, 0 while their streams are paused. */
  isListening(): number;
  databaseBytes(): Promise<number>;
  /** What is wrong and does not keep the collector from serving. */
  troubles(): number;
  /** Undefined: nothing is served by TLS, and the number is not there. */
  readonly certificateExpiresAtMs: (() => number) | undefined;
  nodesByStatus(): ReadonlyMap<string, number>;
  /** Undefined: there is no cluster, and the numbers are not there. They are NaN until its Nodes were listed. */
  readonly cluster: { nodes(): number; heardAtMs(): number } | undefined;
  /** Undefined: there is no cluster, and the numbers are not there. */
  readonly longhorn: MeasuredLonghorn | undefined;
  /** Undefined: there is no cluster to write to, and the numbers are not there. */
  readonly reconcilers: (() => readonly MeasuredReconciler[]) | undefined;
  findings(): readonly { readonly rule: string; readonly state: string; readonly count: number }[];
}

/** All of them. */
export interface Metrics {
  readonly registry: Registry;
  readonly ingest: IngestMetrics;
  readonly evaluation: EvaluationMetrics;
  readonly reconcile: ReconcileMetrics;
  /** From now on these are asked. Called once, when everything runs. */
  measure(now: MeasuredNow): void;
}

const prefix = "nodekeeper_collector_";

/** A registry of its own; nothing is process-global. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix });
  return {
    registry,
    ingest: ingestMetrics(registry),
    evaluation: evaluationMetrics(registry),
    reconcile: reconcileMetrics(registry),
    measure: (now) => measureNow(registry, now),
  };
}

function ingestMetrics(registry: Registry): IngestMetrics {
  const counter = counterIn(registry);
  const reports = counter("reports_total", "Reports received.");
  const bytes = counter("report_bytes_total", "Bytes of those reports on the wire.");
  const observations = counter("observations_total", "Observations received, by what became of them.", ["result"]);
  const rejections = counter("rejections_total", "Observations that were dropped whole, by reason.", ["reason"]);
  const parts = counter("dropped_parts_total", "Parts of observations that were dropped, by reason.", ["reason"]);
  const committed = counter("committed_observations_total", "Observations on the disk.");
  const failures = counter("commit_failures_total", "Writes that the store did not take and that were tried again.");
  const refusals = counter("stream_refusals_total", "Streams refused or ended by the collector, by reason.", ["reason"]);
  const commitTime = new Histogram({
    name: `${prefix}commit_duration_seconds`,
    help: "Time of one commit, from the call of the store to its end.",
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  const ackTime = new Histogram({
    name: `${prefix}acknowledgement_seconds`,
    help: "Time from an observation's arrival to its acknowledgement, which follows the commit.",
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  });
  return {
    reportReceived(size) {
      reports.inc();
      bytes.inc(size);
    },
    observationTaken: () => observations.inc({ result: "taken" }),
    observationRepeated: () => observations.inc({ result: "repeated" }),
    fullNeeded: () => observations.inc({ result: "full_needed" }),
    observationRejected(reason) {
      observations.inc({ result: "rejected" });
      rejections.inc({ reason });
    },
    partDropped: (reason) => parts.inc({ reason }),
    committed(count, durationMs) {
      committed.inc(count);
      commitTime.observe(durationMs / 1000);
    },
    commitFailed: () => failures.inc(),
    acknowledged: (latencyMs) => ackTime.observe(latencyMs / 1000),
    streamRefused: (reason) => refusals.inc({ reason }),
  };
}

function evaluationMetrics(registry: Registry): EvaluationMetrics {
  const counter = counterIn(registry);
  const evaluations = counter("evaluations_total", "Times that the rules were asked about a node.");
  const seconds = counter("evaluation_seconds_total", "Time spent in it.");
  const failures = counter("rule_failures_total", "Rules that threw, which is a bug, by rule.", ["rule"]);
  return {
    nodeEvaluated(durationMs) {
      evaluations.inc();
      seconds.inc(durationMs / 1000);
    },
    ruleFailed: (rule) => failures.inc({ rule }),
  };
}

function reconcileMetrics(registry: Registry): ReconcileMetrics {
  const counter = counterIn(registry);
  const writes = counter("reconcile_writes_total", "Steps that were tried on the cluster.", ["reconciler", "kind", "result"]);
  const decisions = new Histogram({
    name: `${prefix}reconcile_decide_seconds`,
    help: "Time in which it was decided what one object should be, and which steps lead there.",
    buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    registers: [registry],
  });
  return {
    written: (reconciler, kind, result) => writes.inc({ reconciler, kind, result }),
    decided: (durationMs) => decisions.observe(durationMs / 1000),
  };
}

function measureNow(registry: Registry, now: MeasuredNow): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  };
  gauge("streams", "Agents that are connected.", now.streams);
  gauge("state_version", "Changes of the state since the start.", now.stateVersion);
  gauge("queued_observations", "Observations that wait for the disk.", now.queuedObservations);
  gauge("queued_bytes", "Their size on the wire.", now.queuedBytes);
  gauge(
    "is_listening",
    "1 while agents are heard, 0 while their streams are paused because the store cannot keep up.",
    now.isListening,
  );
  gauge("database_bytes", "Size of the database.", now.databaseBytes);
  gauge("troubles", "Things that are wrong and do not keep the collector from serving.", now.troubles);
  const { certificateExpiresAtMs } = now;
  if (certificateExpiresAtMs !== undefined)
    gauge(
      "tls_certificate_expiry_timestamp_seconds",
      "When the certificate of the public listeners ends, in seconds since 1970.",
      () => certificateExpiresAtMs() / 1000,
    );
  const { cluster } = now;
  if (cluster !== undefined) {
    gauge("cluster_nodes", "Nodes that the cluster has.", () => cluster.nodes());
    gauge(
      "cluster_heard_timestamp_seconds",
      "When the cluster's API was last heard of, in seconds since 1970.",
      () => cluster.heardAtMs() / 1000,
    );
  }
  if (now.longhorn !== undefined) measureLonghorn(registry, now.longhorn);
  if (now.reconcilers !== undefined) measureReconcilers(registry, now.reconcilers);
  gauges(registry, { name: "nodes", help: "Nodes, by status." }, ["status"], () =>
    [...now.nodesByStatus()].map(([status, count]) => [{ status }, count]),
  );
  gauges(
    registry,
    {
      name: "findings",
      help: "Findings, by rule and state (pending, firing; suppressed ones as suppressed, acknowledged or accepted ones as set_aside).",
    },
    ["rule", "state"],
    () => now.findings().map(({ rule, state, count }) => [{ rule, state }, count]),
  );
}

function measureLonghorn(registry: Registry, { knowledge, objects, heardAtMs }: MeasuredLonghorn): void {
  gauges(
    registry,
    { name: "longhorn_knowledge", help: "1 for what is known of Longhorn (unknown, absent, known), 0 for the others." },
    ["state"],
    () => ["unknown", "absent", "known"].map((state) => [{ state }, knowledge() === state ? 1 : 0]),
  );
  gauges(
    registry,
    { name: "longhorn_objects", help: "Objects of Longhorn, by kind. Not there until it is known." },
    ["kind"],
    () => (knowledge() === "known" ? Object.entries(objects()).map(([kind, count]) => [{ kind }, count]) : []),
  );
  gauges(
    registry,
    {
      name: "longhorn_heard_timestamp_seconds",
      help: "When the cluster's API was last heard of about Longhorn, in seconds since 1970.",
    },
    [],
    () => [[{}, heardAtMs() / 1000]],
  );
}

function measureReconcilers(registry: Registry, read: () => readonly MeasuredReconciler[]): void {
  gauges(
    registry,
    { name: "reconcile_operations_waiting", help: "Steps that wait, by what they wait for." },
    ["reconciler", "for"],
    () =>
      read().flatMap(({ name, waitingFor }) =>
        Object.entries(waitingFor).map(([reason, count]) => [{ reconciler: name, for: reason }, count] as const),
      ),
  );
  const each = (name: string, help: string, value: (now: MeasuredReconciler) => number): void =>
    gauges(registry, { name, help }, ["reconciler"], () => read().map((now) => [{ reconciler: now.name }, value(now)]));
  each("reconcile_held_items", "Items that cannot be told, and stay as they are.", ({ held }) => held);
  each("reconcile_failing_objects", "Objects whose last write failed.", ({ failing }) => failing);
  each("reconcile_queue_length", "Objects that wait for a look or a write.", ({ queued }) => queued);
}

/** A gauge with labels, which has what is read when somebody asks and nothing else. */
function gauges<Label extends string>(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
  labelNames: readonly Label[],
  read: () => Iterable<readonly [Partial<Record<Label, string>>, number]>,
): void {
  new Gauge({
    name: prefix + name,
    ...{ help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

function counterIn(registry: Registry) {
  return <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> =>
    new Counter({ name: prefix + name, help, labelNames, registers: [registry] });
}
