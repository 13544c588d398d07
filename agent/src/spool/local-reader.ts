/** The reading end of a spool in the same process, and what a reporter may ask of the probing side. Its caller may be hostile. */
import type { ProbeDescription, SetIntervals } from "@nodekeeper/proto";
import { type Clock, version } from "@nodekeeper/shared";
import type { LocalSpool } from "./local-spool.ts";
import type { AgentDescription, LeavingPort, SpoolReader } from "./spool.ts";
import { stays } from "./stays.ts";

/** What the probing side lets a reporter do with its probes; the scheduler. */
export interface ProbeControl {
  describe(): readonly ProbeDescription[];
  /** Applied within the bounds of each probe. */
  setIntervals(intervals: SetIntervals): void;
  /** Empty: all. */
  trigger(probes: readonly string[], reason: string): void;
}

/** Who is told which peers the collector asks for; support/tailscale/watched-peers.ts. */
export interface PeerWatch {
  /** False where the same were asked for before. */
  watch(ids: readonly string[]): boolean;
}

/** What a local reader is made of. */
export interface LocalReaderParts {
  readonly spool: LocalSpool;
  readonly control: ProbeControl;
  readonly watchedPeers: PeerWatch;
  readonly identity: Pick<AgentDescription, "nodeName" | "machineId" | "bootId">;
  readonly leaving: LeavingPort;
  readonly clock: Clock;
}

/** The reading end. */
export function createLocalReader({ spool, control, watchedPeers, identity, leaving, clock }: LocalReaderParts): SpoolReader {
  const lastAskedAtMs = new Map<string, number>();

  function mayRunNow(probe: string): boolean {
    const nowMs = clock.monotonicMs();
    if (nowMs - (lastAskedAtMs.get(probe) ?? Number.NEGATIVE_INFINITY) < (dearProbesEveryMs.get(probe) ?? probeNowEveryMs))
      return false;
    lastAskedAtMs.set(probe, nowMs);
    return true;
  }

  return {
    describe: async () => ({ agentVersion: version, ...identity, epoch: spool.epoch, probes: control.describe() }),
    async read(options) {
      const interrupted = new AbortController();
      const interrupt = (): void => interrupted.abort();
      using _ = leaving.onChanged(interrupt);
      options.interrupt?.addEventListener("abort", interrupt, { once: true });
      if (leaving.current !== undefined || options.interrupt?.aborted === true) interrupt();
      try {
        const batch = await spool.read({ ...options, interrupt: interrupted.signal });
        if (leaving.current === undefined) return batch;
        leaving.told();
        return { ...batch, leaving: leaving.current };
      } finally {
        options.interrupt?.removeEventListener("abort", interrupt);
      }
    },
    acknowledge: (ranges) => spool.acknowledge(ranges),
    setIntervals: async (intervals) => control.setIntervals(intervals),
    probeNow: async (probes) => {
      const known = control.describe().map((probe) => probe.name);
      const allowed = known.filter((name) => (probes.length === 0 || probes.includes(name)) && mayRunNow(name));
      if (allowed.length > 0) control.trigger(allowed, "asked by the collector");
    },
    watchPeers: async (ids) => {
      if (watchedPeers.watch(ids) && mayRunNow(peerProbe)) control.trigger([peerProbe], "the collector asks for other peers");
    },
    stopReason: (signal) => leaving.stopReason(signal),
    async departed(signal) {
      leaving.departed();
      await stays(leaving, signal);
    },
  };
}

/** The probe that tells of peers. */
const peerProbe = "tailscale";

/** A reporter may have a probe run once in this time; more is ignored, since what it would bring is as young as that. */
const probeNowEveryMs = 3_000;
/** Those that ask a device or another program for more than a few files. Disks that sleep or rest are left alone by their probe, however often it runs. */
const dearProbesEveryMs: ReadonlyMap<string, number> = new Map([
  ["smart", 5_000],
  ["ollama", 5_000],
  ["gpu", 10_000],
]);
