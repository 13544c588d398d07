/** The probing side of an agent on a scene, without its scheduler: who plays it says when time has passed. */
import type { Clock } from "@nodekeeper/shared";
import { openHost } from "../../agent/src/host/open-host.ts";
import { type Identity, identify } from "../../agent/src/identity.ts";
import { createObserver } from "../../agent/src/observer.ts";
import type { Probe } from "../../agent/src/probe.ts";
import { createProbes } from "../../agent/src/probes/index.ts";
import { createKernelLogFollower } from "../../agent/src/probes/support/kernel-log/kernel-log-follower.ts";
import { createWatchedPeers } from "../../agent/src/probes/support/tailscale/watched-peers.ts";
import type { NewObservation } from "../../agent/src/spool/spool.ts";
import { createKernelLogWatcher } from "../../agent/src/watchers/kernel-log.ts";
import { dayMs, minuteMs } from "./fault.ts";
import type { Scene } from "./scene.ts";

/** What a run of a probe said. */
export interface Report {
  readonly probe: string;
  readonly observation: NewObservation;
}

/** The agent. Disposing it ends it. */
export interface Agent extends AsyncDisposable {
  readonly identity: Identity;
  readonly runs: readonly { readonly probe: Probe }[];
  /** Listens to the kernel as the agent does; nobody needs that while hours pass at once. */
  listen(wanted: boolean): Promise<void>;
  /** Runs every probe whose time has come; where time passes in longer steps than its own, the collector wishes for less. */
  run(stepMs: number, tell: (report: Report) => Promise<void>): Promise<void>;
  /** All probes run once more within a minute. */
  lookAround(): void;
}

interface Run {
  readonly probe: Probe;
  readonly isOwn: boolean;
  readonly observe: ReturnType<typeof createObserver>;
  dueAtMs: number;
  faulty: Set<string>;
  /** What it found last, and of which version of the scene that is. */
  found: { readonly version: number; readonly observation: NewObservation } | undefined;
}

/** Peers that a collector asks for: the servers of the cluster. */
const watched = ["n01CNTRL", "n02CNTRL"];

/** Starts it. The probes of these names go on at their intervals; what the others say stands for a day. */
export async function startAgent(scene: Scene, clock: Clock, own: readonly string[]): Promise<Agent> {
  const host = await openHost(scene.root, clock);
  const identity = await identify(host, undefined);
  const kernelLog = createKernelLogFollower();
  const watchedPeers = createWatchedPeers();
  watchedPeers.watch(watched);
  const { signal } = new AbortController();
  const runs = createProbes({ kernelLog, watchedPeers }).map(
    (probe): Run => ({
      ...{ probe, isOwn: own.includes(probe.name), observe: createObserver(probe, { host, clock }) },
      ...{ dueAtMs: 0, faulty: new Set<string>(), found: undefined },
    }),
  );
  const watcher = createKernelLogWatcher(kernelLog);
  const trigger = (names: readonly string[], _: string, faulty: readonly string[] = []): void => {
    for (const run of runs.filter(({ probe }) => names.includes(probe.name))) {
      run.dueAtMs = 0;
      for (const device of faulty) run.faulty.add(device);
    }
  };
  /** While hours pass at once nothing is read a second time that did not change. */
  const observe = async (run: Run, intervalMs: number): Promise<NewObservation> => {
    const { version } = scene;
    const { wallMs, uptimeMs } = await host.time();
    if (run.found?.version === version && intervalMs > run.probe.intervalMs) {
      const times = { observedAtUnixMs: BigInt(Math.round(wallMs)), uptimeMs: BigInt(Math.round(uptimeMs)) };
      return { ...run.found.observation, ...times, intervalMs };
    }
    const { faulty } = run;
    run.faulty = new Set();
    const { observation } = await run.observe(intervalMs, signal, faulty);
    run.found = { version, observation };
    return observation;
  };
  let listening: { readonly stop: AbortController; readonly watching: Promise<void> } | undefined;
  const listen = async (wanted: boolean): Promise<void> => {
    if (wanted === (listening !== undefined)) return;
    listening?.stop.abort();
    await listening?.watching;
    listening = undefined;
    if (!wanted) return;
    for (const run of runs.filter(({ isOwn }) => isOwn)) {
      run.dueAtMs = Math.min(run.dueAtMs, clock.monotonicMs() + run.probe.intervalMs);
    }
    const stop = new AbortController();
    listening = { stop, watching: watcher.watch({ host, clock, trigger, signal: stop.signal }) };
  };
  return {
    identity,
    runs,
    listen,
    async run(stepMs, tell) {
      const nowMs = clock.monotonicMs();
      for (const run of runs) {
        if (run.dueAtMs > nowMs) continue;
        const intervalMs = run.isOwn ? Math.max(run.probe.intervalMs, stepMs) : dayMs;
        run.dueAtMs = run.isOwn ? nowMs + intervalMs : Number.POSITIVE_INFINITY;
        await tell({ probe: run.probe.name, observation: await observe(run, intervalMs) });
      }
    },
    lookAround() {
      for (const run of runs) run.dueAtMs = Math.min(run.dueAtMs, clock.monotonicMs() + minuteMs);
    },
    [Symbol.asyncDispose]: async () => {
      await listen(false);
      kernelLog[Symbol.dispose]();
    },
  };
}
