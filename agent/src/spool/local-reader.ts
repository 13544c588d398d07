/** The reading end of a spool in the same process, and what a reporter may ask of the probing side. Its caller may be hostile. */
import type { ProbeDescription, SetIntervals } from "@nodekeeper/proto";
import { type Clock, version } from "@nodekeeper/shared";
import type { LocalSpool } from "./local-spool.ts";
import type { AgentDescription, SpoolReader } from "./spool.ts";

/** What the probing side lets a reporter do with its probes; the scheduler. */
export interface ProbeControl {
  describe(): readonly ProbeDescription[];
  /** Applied within the bounds of each probe. */
  setIntervals(intervals: SetIntervals): void;
  /** Empty: all. */
  trigger(probes: readonly string[], reason: string): void;
}

/** What a local reader is made of. */
export interface LocalReaderParts {
  readonly spool: LocalSpool;
  readonly control: ProbeControl;
  readonly identity: Pick<AgentDescription, "nodeName" | "machineId" | "bootId">;
  readonly clock: Clock;
}

/** The reading end. */
export function createLocalReader({ spool, control, identity, clock }: LocalReaderParts): SpoolReader {
  const lastAskedAtMs = new Map<string, number>();

  function mayRunNow(probe: string): boolean {
    const nowMs = clock.monotonicMs();
    if (nowMs - (lastAskedAtMs.get(probe) ?? Number.NEGATIVE_INFINITY) < probeNowEveryMs) return false;
    lastAskedAtMs.set(probe, nowMs);
    return true;
  }

  return {
    describe: async () => ({ agentVersion: version, ...identity, epoch: spool.epoch, probes: control.describe() }),
    read: (options) => spool.read(options),
    acknowledge: (ranges) => spool.acknowledge(ranges),
    setIntervals: async (intervals) => control.setIntervals(intervals),
    probeNow: async (probes) => {
      const known = control.describe().map((probe) => probe.name);
      const allowed = known.filter((name) => (probes.length === 0 || probes.includes(name)) && mayRunNow(name));
      if (allowed.length > 0) control.trigger(allowed, "asked by the collector");
    },
  };
}

/** A reporter may have a probe run once in this time; more is ignored, since what it would bring is as young as that. */
const probeNowEveryMs = 10_000;
