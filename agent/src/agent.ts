/**
 * The agent's two sides. Probing: host → probes → scheduler → spool. Reporting: spool → reporter → collector. They know each other only by
 * `SpoolReader`: in memory (`agent run`), or over a unix socket (`agent probe`, `agent report`).
 */
import { Availability } from "@nodekeeper/proto";
import type { Clock, Logger } from "@nodekeeper/shared";
import { createAccess } from "./access/access.ts";
import { createAgentProbe } from "./agent-process.ts";
import { openAlarm } from "./alarm/open-alarm.ts";
import type { AgentConfig, Form } from "./config.ts";
import type { HealthSource } from "./health.ts";
import type { OpenedHost } from "./host/host.ts";
import { openHost } from "./host/open-host.ts";
import { identify } from "./identity.ts";
import { readKeptReadings, writeKeptReadings } from "./kept-readings.ts";
import { createLeaving } from "./leaving/leaving.ts";
import { hostMetrics, probingMetrics, reportingMetrics } from "./metrics.ts";
import { createProbes } from "./probes/index.ts";
import { createGpuUsers } from "./probes/support/gpu/gpu-users.ts";
import { createKernelLogFollower, type KernelLogFollower } from "./probes/support/kernel-log/kernel-log-follower.ts";
import { createWatchedPeers } from "./probes/support/tailscale/watched-peers.ts";
import { createReporter } from "./reporter/reporter.ts";
import { createWatcherKeeper } from "./run-watchers.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { createLocalReader } from "./spool/local-reader.ts";
import type { LocalSpool } from "./spool/local-spool.ts";
import { openSpool } from "./spool/open-spool.ts";
import type { SpoolReader } from "./spool/spool.ts";
import { createWatchers } from "./watchers/index.ts";

/** What the agent needs of the world besides its configuration. */
export interface AgentDependencies {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly isRoot: boolean;
  readonly runtimeVersion: string;
  /** Whether the file of the program that runs was replaced since it began. */
  readonly isUpgraded: () => boolean;
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
  const identity = await identify(host, config.nodeName);
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
  const trigger: Scheduler["trigger"] = (...wish) => scheduler.trigger(...wish);
  const kernelLog = createKernelLogFollower();
  const watchedPeers = createWatchedPeers();
  const gpuUsers = createGpuUsers();
  const watchers = createWatchers(kernelLog, gpuUsers);
  const keeper = createWatcherKeeper({ watchers, host, clock, random, logger, trigger });
  const itself = createAgentProbe({
    ...{ id: form, isRoot, runtimeVersion, hostRoot },
    spoolStatus: () => spool.status(),
    failedWatchers: () => keeper.failed(),
  });
  const onReturn = (): void => trigger([], "the machine is back");
  const leaving = createLeaving({ host, clock, random, logger, isRoot, onReturn });
  const probes = [...createProbes({ kernelLog, watchedPeers, gpuUsers, nodeAddress: config.nodeAddress }), itself];
  const place = { directory: config.spoolDir, bootId: identity.bootId, logger };
  const inherited = readKeptReadings(place);
  const scheduler = createScheduler({ probes, host, clock, random, logger, spool, intervalOverridesMs, inherited });

  const stop = new AbortController();
  const working = Promise.all([
    scheduler.run(stop.signal),
    keeper.run(stop.signal),
    spool.run(stop.signal),
    leaving.run(stop.signal),
  ]);
  logger.info({ nodeName: identity.nodeName, epoch: spool.epoch, isRoot, hostRoot }, "reading this machine");
  return {
    reader: createLocalReader({ spool, control: scheduler, watchedPeers, identity, leaving, clock }),
    health: probingHealth(scheduler, spool, kernelLog, host),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await working;
      kernelLog[Symbol.dispose]();
      writeKeptReadings(place, scheduler.lastReadings());
      await closeSpool();
    },
  };
}

/** Begins to report what a spool holds. Disposing it says goodbye to the collector. */
export function startReporting(config: AgentConfig, spool: SpoolReader, dependencies: AgentDependencies): Side {
  const { clock, random, logger, isUpgraded } = dependencies;
  const access = createAccess(config.access, clock);
  const availability = config.availability === "always" ? Availability.ALWAYS : Availability.INTERMITTENT;
  const reporter = createReporter({ spool, access, availability, isUpgraded, clock, random, logger });
  const stop = new AbortController();
  const alarm = openAlarm(config, { status: reporter.status, clock, random, logger }, stop.signal);
  const working = Promise.all([reporter.run(stop.signal), alarm?.run(stop.signal)]);
  return {
    health: {
      liveness: () => [],
      readiness: () => {
        const { isConnected, sinceMs, problem } = reporter.status();
        const seconds = Math.round((clock.monotonicMs() - sinceMs) / 1000);
        return [
          ...(isConnected ? [] : [`no stream to a collector for ${seconds} s: ${problem ?? "unknown"}`]),
          ...access.problems(),
        ];
      },
      metrics: () => reportingMetrics(reporter.status()),
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
    liveness: () => sides.flatMap((side) => side.liveness()),
    readiness: () => sides.flatMap((side) => side.readiness()),
    metrics: () => sides.flatMap((side) => side.metrics()),
  };
}

/** A loop of the scheduler that is so far behind its own plan is stuck. */
const stuckAfterMs = 60_000;

function probingHealth(scheduler: Scheduler, spool: LocalSpool, kernelLog: KernelLogFollower, host: OpenedHost): HealthSource {
  return {
    liveness: () =>
      scheduler
        .status()
        .filter(({ overdueMs }) => overdueMs > stuckAfterMs)
        .map(({ name, overdueMs }) => `the loop of the probe ${name} is ${Math.round(overdueMs / 1000)} s behind its plan`),
    readiness: () =>
      scheduler.status().flatMap(({ name, outcome }) => (outcome === undefined ? [`the probe ${name} has not run yet`] : [])),
    metrics: () => [...probingMetrics(scheduler.status(), spool.status(), kernelLog.memory()), ...hostMetrics(host)],
  };
}
