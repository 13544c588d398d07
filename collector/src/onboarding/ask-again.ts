/**
 * Which probes agents are asked to run again, so that what somebody mends is seen within seconds and not when the probe's turn comes. Bounded for
 * each machine, by the probe's cost, by how long nobody has mended anything, and for all machines together.
 */

/** What a machine waits for. */
export interface Wish {
  readonly node: string;
  readonly probes: readonly string[];
  /** Since when, on the monotonic clock. */
  readonly sinceMs: number;
}

/** Who is asked, and when it was last. */
export interface Asking {
  /** Asks those whose turn it is. */
  ask(wishes: Iterable<Wish>): void;
  /** The machine is asked at once the next time. */
  forget(node: string): void;
}

/** Those that ask a device or another program: the agent itself bears no more (agent/src/spool/local-reader.ts). */
const dear: ReadonlySet<string> = new Set(["smart", "gpu", "ollama"]);
/** So often in the beginning, and later, when nobody seems to be at it. */
const cheapMs = { soon: 4_000, later: 8_000, rarely: 60_000 } as const;
const dearMs = { soon: 6_000, later: 60_000, rarely: 300_000 } as const;
const soonMs = 15 * 60_000;
/** A machine that nobody mends for a day may stay so for weeks: then it costs no more than the probes' own intervals allow. */
const laterMs = 24 * 3_600_000;
/** A round comes a little early now and then. */
const toleranceMs = 200;
/** Machines that are asked in one round. */
const maximumAsked = 100;

/** Nobody was asked yet. */
export function createAsking(probeNow: (node: string, probes: readonly string[]) => void, monotonicMs: () => number): Asking {
  /** By node: when each probe was last asked for. */
  const asked = new Map<string, Map<string, number>>();

  function isDue(node: string, probe: string, forMs: number, nowMs: number): boolean {
    const lastMs = asked.get(node)?.get(probe) ?? Number.NEGATIVE_INFINITY;
    const { soon, later, rarely } = dear.has(probe) ? dearMs : cheapMs;
    const everyMs = forMs < soonMs ? soon : forMs < laterMs ? later : rarely;
    return nowMs - lastMs >= everyMs - toleranceMs;
  }

  return {
    ask(wishes) {
      const nowMs = monotonicMs();
      const due: { readonly node: string; readonly probes: readonly string[]; readonly lastMs: number }[] = [];
      const wishing = new Set<string>();
      for (const { node, probes, sinceMs } of wishes) {
        wishing.add(node);
        const mine = probes.filter((probe) => isDue(node, probe, nowMs - sinceMs, nowMs));
        if (mine.length > 0) due.push({ node, probes: mine, lastMs: Math.max(...(asked.get(node)?.values() ?? [0])) });
      }
      for (const node of asked.keys()) if (!wishing.has(node)) asked.delete(node);
      // Whoever waits longest comes first.
      for (const { node, probes } of due.sort((a, b) => a.lastMs - b.lastMs).slice(0, maximumAsked)) {
        const times = asked.get(node) ?? new Map<string, number>();
        asked.set(node, times);
        for (const probe of probes) times.set(probe, nowMs);
        probeNow(node, probes);
      }
    },
    forget: (node) => void asked.delete(node),
  };
}
