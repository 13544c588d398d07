/**
 * The agent's two sides. Probing: host → probes → scheduler → spool. Reporting: spool → reporter → collector. They know each other only by
 * `SpoolReader`: in memory (`agent run`), or over a unix socket (`agent probe`, `agent report`).
 */
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import { createAgentProbe } from "./agent-process.ts";
import type { AgentConfig, Form } from "./config.ts";
import type { HealthSource } from "./health.ts";
import type { Host } from "./host/host.ts";
import { openHost } from "./host/open-host.ts";
import { probingMetrics, renderMetrics, reportingMetrics } from "./metrics.ts";
import { probes } from "./probes/index.ts";
import { createReporter } from "./reporter/reporter.ts";
import { runWatchers } from "./run-watchers.ts";
import { createScheduler } from "./scheduler.ts";
import { createLocalReader } from "./spool/local-reader.ts";
import { openSpool } from "./spool/open-spool.ts";
import type { SpoolReader } from "./spool/spool.ts";
import { watchers } from "./watchers/index.ts";

/** What the agent needs of the world besides its configuration. */
export interface AgentDependencies {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly isRoot: boolean;
  readonly runtimeVersion: string;
}

/** A running side. Disposing it ends its work in order. */
export interface Side extends AsyncDisposable {
  readonly health: HealthSource;
}

/** The probing side. */
export interface ProbingSide extends Side {
  readonly reader: SpoolReader;
}

/** Begins to read the machine. */
export async function startProbing(config: AgentConfig, form: Form, dependencies: AgentDependencies): Promise<ProbingSide> {
  const { clock, random, logger, isRoot, runtimeVersion } = dependencies;
  const { hostRoot, intervalOverridesMs } = config;
  const host = await openHost(hostRoot, clock);
  const identity = await identify(config, host);
  const { spool, [Symbol.asyncDispose]: closeSpool } = await openSpool({
    directory: config.spoolDir,
    bootId: identity.bootId,
    limits: {
      memoryBytes: config.spoolMemoryBytes,
      diskBytes: config.spoolDiskBytes,
      maximumAgeMs: config.spoolMaximumAgeMs,
      spillAfterMs: config.spillAfterMs,
    },
    clock,
    time: () => host.time(),
    logger,
  });
  const own = createAgentProbe({ id: form, isRoot, runtimeVersion, hostRoot, spoolStatus: () => spool.status() });
  const scheduler = createScheduler({ probes: [...probes, own], host, clock, random, logger, spool, intervalOverridesMs });
  const trigger = scheduler.trigger.bind(scheduler);

  const stop = new AbortController();
  const working = Promise.all([
    scheduler.run(stop.signal),
    runWatchers({ watchers, host, clock, random, logger, trigger }, stop.signal),
    spool.run(stop.signal),
  ]);
  logger.info({ nodeName: identity.nodeName, epoch: spool.epoch, isRoot, hostRoot }, "reading this machine");
  return {
    reader: createLocalReader({ spool, control: scheduler, identity, clock }),
    health: {
      readiness: () =>
        scheduler.status().flatMap(({ name, outcome }) => (outcome === undefined ? [`the probe ${name} has not run yet`] : [])),
      metrics: () => renderMetrics(probingMetrics(scheduler.status(), spool.status())),
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await working;
      await closeSpool();
    },
  };
}

/** Begins to report what a spool holds. Disposing it says goodbye to the collector. */
export function startReporting(config: AgentConfig, spool: SpoolReader, dependencies: AgentDependencies): Side {
  const { clock, random, logger } = dependencies;
  const reporter = createReporter({ spool, addresses: config.collectors, clock, random, logger });
  const stop = new AbortController();
  const working = reporter.run(stop.signal);
  return {
    health: {
      readiness: () => {
        const { isConnected, sinceMs, problem } = reporter.status();
        const seconds = Math.round((clock.wallMs() - sinceMs) / 1000);
        return isConnected ? [] : [`no stream to a collector for ${seconds} s: ${problem ?? "unknown"}`];
      },
      metrics: () => renderMetrics(reportingMetrics(reporter.status())),
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await working;
    },
  };
}

/** The health of several sides as one. */
export function joinHealth(...sides: readonly HealthSource[]): HealthSource {
  return {
    readiness: () => sides.flatMap((side) => side.readiness()),
    metrics: () => sides.map((side) => side.metrics()).join(""),
  };
}

/** Who this machine is. A machine-id that is missing is no reason not to report; a boot id and a name are needed. */
async function identify(
  config: AgentConfig,
  host: Host,
): Promise<{ readonly nodeName: string; readonly machineId: string; readonly bootId: string }> {
  const bootId = await readLine(host, "/proc/sys/kernel/random/boot_id");
  const nodeName = config.nodeName === "" ? (await readLine(host, "/proc/sys/kernel/hostname")).toLowerCase() : config.nodeName;
  const machineId = await readLine(host, "/etc/machine-id").catch(() => "");
  if (!nodeNamePattern.test(nodeName)) {
    throw new AppError(
      "CONFIG_INVALID",
      `"${nodeName}" cannot be the name of a node: use lower-case letters, digits, "-" and ".", at most 253, and give it with --node-name`,
    );
  }
  return { nodeName, machineId, bootId };
}

/** What Kubernetes takes as the name of a node (RFC 1123 subdomain). */
const nodeNamePattern = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

async function readLine(host: Host, path: string): Promise<string> {
  const text = await host.readText(path);
  return text.trim();
}
