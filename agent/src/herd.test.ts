/** Many agents at once: what one does by chance, a thousand do evenly. Simulated with the agent's own scheduler and delays, in time that tests move. */
import { Outcome } from "@nodekeeper/proto";
import { fullJitterDelayMs } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { defineProbe } from "./probe.ts";
import { createScheduler } from "./scheduler.ts";
import { createFakeHost } from "./test-support/fake-host.ts";
import { createSilentLogger } from "./test-support/silent-logger.ts";

const agentCount = 1_000;

/** Small, fast and repeatable (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of the times fall into each second from one time to another. */
function perSecond(timesMs: readonly number[], fromMs: number, untilMs: number): readonly number[] {
  const counts = new Array<number>((untilMs - fromMs) / 1000).fill(0);
  for (const timeMs of timesMs) {
    const second = Math.floor((timeMs - fromMs) / 1000);
    if (timeMs >= fromMs && timeMs < untilMs) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

function mean(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

describe("feature 12: a thousand agents make no synchronised spike", () => {
  it("spreads the words of agents that were all started at one moment over the interval, from the second one on", async () => {
    const intervalMs = 15_000;
    const clock = new FakeClock();
    const stop = new AbortController();
    const sentAtMs: number[] = [];
    const probe = defineProbe({
      name: "heartbeat",
      title: "a word",
      intervalMs,
      minimumIntervalMs: 1_000,
      maximumIntervalMs: 60_000,
      timeoutMs: 5_000,
      needs: { paths: [], commands: [], root: false },
      read: async () => undefined,
      parse: () => ({
        subjects: [],
        lists: [],
        samples: [{ kind: "agent_process", id: "", name: "word", value: 1 }],
      }),
    });
    const running = Array.from({ length: agentCount }, (_, index) =>
      createScheduler({
        probes: [probe],
        host: createFakeHost(clock),
        clock,
        random: randomFrom(index + 1),
        logger: createSilentLogger(),
        spool: { append: ({ outcome }) => void (outcome === Outcome.OK && sentAtMs.push(clock.monotonicMs())) },
        intervalOverridesMs: new Map(),
      }).run(stop.signal),
    );

    await clock.advance(120_000);
    stop.abort();
    await Promise.all(running);

    expect(sentAtMs.filter((timeMs) => timeMs < 1_000)).toHaveLength(agentCount); // all tell at once how they are
    const early = perSecond(sentAtMs, 5_000, 25_000);
    const late = perSecond(sentAtMs, 60_000, 120_000);
    expect(mean(late)).toBeGreaterThan(60);
    expect(Math.max(...late)).toBeLessThan(1.6 * mean(late)); // by chance alone: 67 ± 8 a second
    expect(Math.max(...early)).toBeLessThan(2 * mean(late));
  });

  it("brings agents that lost their collector at one moment back one by one, however long it was away", () => {
    for (const awayMs of [500, 5_000, 60_000]) {
      const backAtMs = Array.from({ length: agentCount }, (_, index) => dialUntilTaken(awayMs, randomFrom(index + 1)));
      const perTenth = perSecond(
        backAtMs.map((timeMs) => (timeMs - awayMs) * 10),
        0,
        1_200_000,
      );

      // Never more than a seventh of them within a tenth of a second, and all within a minute and a half.
      expect(Math.max(...perTenth)).toBeLessThan(agentCount / 7);
      expect(Math.max(...backAtMs) - awayMs).toBeLessThan(90_000);
    }
  });
});

/** When an agent is taken in by a collector that was away for a while, with the delays of the reporter. */
function dialUntilTaken(awayMs: number, random: () => number): number {
  let timeMs = 0;
  for (let attempt = 1; timeMs < awayMs || attempt === 1; attempt += 1) {
    timeMs += fullJitterDelayMs({ baseMs: 500, maximumMs: 30_000 }, attempt, random);
  }
  return timeMs;
}
