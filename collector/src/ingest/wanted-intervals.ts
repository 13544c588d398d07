/** How often the collector wants agents to run their probes (`--interval`), and what of it each agent can be asked. */
import type { ProbeDescription } from "@nodekeeper/proto";
import type { Logger } from "@nodekeeper/shared";
import type { StoredNode } from "../store/store.ts";

/** Intervals by probe; only those that differ from the probe's default. */
export interface WantedIntervals {
  /** Grows with each change, also over restarts: agents do not heed one that is older than what they know. */
  readonly revision: bigint;
  readonly byProbe: ReadonlyMap<string, number>;
}

/**
 * What is wanted from this start on. The revision is the time of the start; where the clock was set back since agents were last heard, it is
 * later than that, and so later than whatever they were told.
 */
export function wantedIntervals(
  byProbe: ReadonlyMap<string, number>,
  nodes: readonly Pick<StoredNode, "lastContactAtMs">[],
  nowMs: number,
): WantedIntervals {
  const lastHeardAtMs = nodes.reduce((latest, node) => Math.max(latest, node.lastContactAtMs), 0);
  return { revision: BigInt(Math.round(Math.max(nowMs, lastHeardAtMs + 1))), byProbe };
}

/** For an agent: makes of what is wanted what its probes allow. A wish that has to be bent is told once. */
export type IntervalsFor = (probes: readonly ProbeDescription[]) => WantedIntervals;

/** Makes the function. */
export function createIntervalsFor(wanted: WantedIntervals, logger: Logger): IntervalsFor {
  const told = new Set<string>();

  function complain(probe: string, facts: Readonly<Record<string, unknown>>): void {
    if (told.has(probe)) return;
    told.add(probe);
    logger.warn({ probe, ...facts }, "--interval asks for more than the probe allows, its bound is used");
  }

  return (probes) => {
    const byProbe = new Map<string, number>();
    for (const { name, minimumIntervalMs, maximumIntervalMs } of probes) {
      const wishMs = wanted.byProbe.get(name);
      if (wishMs === undefined) continue;
      // 0: the agent names no bound.
      const intervalMs = Math.max(minimumIntervalMs, maximumIntervalMs === 0 ? wishMs : Math.min(maximumIntervalMs, wishMs));
      if (intervalMs !== wishMs) complain(name, { wishMs, minimumIntervalMs, maximumIntervalMs });
      byProbe.set(name, intervalMs);
    }
    return { revision: wanted.revision, byProbe };
  };
}
