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

/** Numbers that are asked for when somebody reads the page. */
export interface MeasuredNow {
  streams(): number;
  stateVersion(): number;
  queuedObservations(): number;
  queuedBytes(): number;
  /** 1 while agents are heard, 0 while their streams are paused. */
  isListening(): number;
  databaseBytes(): Promise<number>;
  nodesByStatus(): ReadonlyMap<string, number>;
  findings(): readonly { readonly rule: string; readonly state: string; readonly count: number }[];
}

/** All of them. */
export interface Metrics {
  readonly registry: Registry;
  readonly ingest: IngestMetrics;
  readonly evaluation: EvaluationMetrics;
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
  new Gauge({
    name: `${prefix}nodes`,
    help: "Nodes, by status.",
    labelNames: ["status"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [status, count] of now.nodesByStatus()) this.set({ status }, count);
    },
  });
  new Gauge({
    name: `${prefix}findings`,
    help: "Findings, by rule and state (pending, firing; suppressed ones are counted as suppressed).",
    labelNames: ["rule", "state"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { rule, state, count } of now.findings()) this.set({ rule, state }, count);
    },
  });
}

function counterIn(registry: Registry) {
  return <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> =>
    new Counter({ name: prefix + name, help, labelNames, registers: [registry] });
}
