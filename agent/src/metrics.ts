/** The agent's metrics as Prometheus text. All names begin with nodekeeper_agent_. */
import { version } from "@nodekeeper/shared";
import { type OwnUsage, parseOwnUsage, readOwnUsage } from "./own-usage.ts";
import type { KernelLogMemory } from "./probes/support/kernel-log/kernel-log-memory.ts";
import type { ReporterStatus } from "./reporter/reporter.ts";
import type { ProbeStatus } from "./scheduler.ts";
import type { SpoolStatus } from "./spool/local-spool.ts";

/** One metric: its help, and a value for each set of labels. An unknown value is left out. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly values: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number | undefined }[];
}

/** Metrics of the process; what cannot be read is left out. */
export async function processMetrics(): Promise<readonly Metric[]> {
  const unknown: OwnUsage = { residentBytes: undefined, anonymousBytes: undefined, cpuSeconds: undefined };
  const usage = await readOwnUsage().then(parseOwnUsage, () => unknown);
  return [
    gauge("build_info", "Always 1; the version is a label.", [{ labels: { version }, value: 1 }]),
    gauge("resident_memory_bytes", "Memory in RAM, shared pages of files included.", [{ value: usage.residentBytes }]),
    gauge("anonymous_memory_bytes", "Memory that is no page of a file.", [{ value: usage.anonymousBytes }]),
    counter("cpu_seconds_total", "CPU time of the process and its ended children.", [{ value: usage.cpuSeconds }]),
  ];
}

/** Metrics of the probing side. */
export function probingMetrics(
  probes: readonly ProbeStatus[],
  spool: SpoolStatus,
  kernelLog: KernelLogMemory,
): readonly Metric[] {
  const perProbe = (pick: (probe: ProbeStatus) => number | undefined): Metric["values"] =>
    probes.map((probe) => ({ labels: { probe: probe.name }, value: pick(probe) }));
  return [
    counter(
      "probe_runs_total",
      "Runs of a probe that have ended.",
      perProbe((probe) => probe.runCount),
    ),
    counter(
      "probe_failures_total",
      "Runs of a probe that could not tell anything.",
      perProbe((probe) => probe.failureCount),
    ),
    gauge(
      "probe_outcome",
      "Outcome of the last run of a probe: 1 for the one that it was.",
      probes.flatMap(({ name, outcome }) =>
        outcome === undefined
          ? []
          : outcomes.map((each) => ({ labels: { probe: name, outcome: each }, value: each === outcome ? 1 : 0 })),
      ),
    ),
    gauge(
      "probe_hanging",
      "1 while a run whose time was up has not ended.",
      perProbe((probe) => (probe.isHanging ? 1 : 0)),
    ),
    gauge(
      "probe_duration_seconds",
      "Time that the last run of a probe took.",
      perProbe((probe) => seconds(probe.durationMs)),
    ),
    gauge(
      "probe_interval_seconds",
      "Interval in force.",
      perProbe((probe) => seconds(probe.intervalMs)),
    ),
    gauge(
      "probe_last_success_timestamp_seconds",
      "When a probe last did not fail.",
      perProbe((probe) => seconds(probe.lastSuccessAtMs)),
    ),
    gauge("spool_observations", "Observations that are not acknowledged.", [{ value: spool.observationCount }]),
    gauge("spool_memory_bytes", "Memory that the spool holds.", [{ value: spool.memoryBytes }]),
    gauge("spool_disk_bytes", "Disk that the spool holds.", [{ value: spool.diskBytes }]),
    counter("spool_lost_observations_total", "Observations that were dropped since the start.", [{ value: spool.lostCount }]),
    counter("spool_ignored_acks_total", "Acknowledged numbers that were never given.", [{ value: spool.ignoredAckCount }]),
    counter("kernel_log_records_total", "Records of the kernel log that were read.", [{ value: kernelLog.records }]),
    counter("kernel_log_lost_records_total", "Records of the kernel log that were overwritten before they were read.", [
      { value: kernelLog.lost },
    ]),
    counter(
      "kernel_log_suppressed_records_total",
      "Records of the kernel log that were left unread, since there were too many.",
      [{ value: kernelLog.suppressed + kernelLog.malformed }],
    ),
    gauge("spool_problem", "1 while the spool cannot be written.", [{ value: spool.problem === undefined ? 0 : 1 }]),
  ];
}

/** Metrics of the host. */
export function hostMetrics(host: { abandonedChildCount(): number }): readonly Metric[] {
  const help = "Programs that could not be killed and are still there, each waiting in the kernel for a device.";
  return [gauge("abandoned_children", help, [{ value: host.abandonedChildCount() }])];
}

/** Metrics of the reporting side. */
export function reportingMetrics(reporter: ReporterStatus): readonly Metric[] {
  return [
    gauge("connected", "1 while a stream to a collector is open.", [{ value: reporter.isConnected ? 1 : 0 }]),
    counter("connects_total", "Streams that a collector has taken.", [{ value: reporter.connectCount }]),
    counter("acknowledged_observations_total", "Observations that the collector has committed.", [
      { value: reporter.acknowledgedCount },
    ]),
    counter("rejected_observations_total", "Observations that the collector did not take as they were.", [
      { value: reporter.rejectedCount },
    ]),
    gauge("last_acknowledged_timestamp_seconds", "When the collector last acknowledged something.", [
      { value: seconds(reporter.lastAcknowledgedAtMs) },
    ]),
  ];
}

/** Text exposition, version 0.0.4. */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .flatMap(({ name, type, help, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...values
        .filter(({ value }) => value !== undefined)
        .map(({ labels = {}, value }) => `${name}${renderLabels(labels)} ${value}`),
    ])
    .join("\n")
    .concat("\n");
}

const outcomes = ["ok", "absent", "failed"] as const;

function counter(name: string, help: string, values: Metric["values"]): Metric {
  return { name: `nodekeeper_agent_${name}`, type: "counter", help, values };
}

function gauge(name: string, help: string, values: Metric["values"]): Metric {
  return { name: `nodekeeper_agent_${name}`, type: "gauge", help, values };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, (mark) => (mark === "\n" ? "\\n" : `\\${mark}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
