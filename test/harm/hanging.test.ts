/**
 * A mount that never answers and a smartctl that no signal ends: everything else goes on, on time. For 40 s with short intervals; with
 * NODEKEEPER_HANGING_MINUTES=10 for that long with those that the agent has by itself (RESULTS.md has what came of it).
 */
import { readFileSync } from "node:fs";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { childrenOf, type HangingScene, missingForHanging, startHangingScene } from "./hanging-scene.ts";

const missing = missingForHanging();
const minutes = Number(process.env["NODEKEEPER_HANGING_MINUTES"] ?? 0);
const durationMs = minutes > 0 ? minutes * 60_000 : 40_000;
const shortIntervals = ["system=2s", "network=2s", "sensors=2s", "agent=2s", "disks=3s", "smart=3s"];
const agentArguments = minutes > 0 ? [] : shortIntervals.flatMap((interval) => ["--interval", interval]);

/** The probes whose subjects hang: their own runs may wait for a timeout. */
const concerned = ["disks", "smart"];
/** An interval has ±20 % of jitter, and a machine that others share is seconds late now and then; a probe that waits for a hang is late by ten and more. */
const jitter = 1.2;
const latenessMs = 7_000;
const pollMs = 100;

interface Pace {
  readonly probe: string;
  readonly intervalMs: number;
  readonly runs: number;
  readonly longestGapMs: number;
}

describe.skipIf(missing !== undefined)(`an agent among things that hang${missing === undefined ? "" : ` (${missing})`}`, () => {
  let scene: HangingScene;
  let paces: readonly Pace[];
  let mostChildren = 0;

  beforeAll(async () => {
    scene = await startHangingScene(agentArguments);
    paces = await watch();
    const words = paces.map(
      (pace) => `${pace.probe} every ${pace.intervalMs / 1000} s: ${pace.runs} runs, at most ${pace.longestGapMs} ms apart`,
    );
    process.stdout.write(`hanging for ${durationMs / 1000} s: ${words.join("; ")}; at most ${mostChildren} children\n`);
  }, durationMs + 120_000);

  afterAll(() => scene?.[Symbol.asyncDispose]());

  /** Follows when each probe was run, in the times that the agent gives. */
  async function watch(): Promise<readonly Pace[]> {
    const seen = new Map<string, { intervalMs: number; readonly atMs: Set<number> }>();
    const startedAtMs = systemClock.wallMs();
    const never = new AbortController().signal;
    while (systemClock.wallMs() < startedAtMs + durationMs) {
      for (const { name, intervalMs, observedAt } of (await scene.detail()).probes) {
        const entry = seen.get(name) ?? { intervalMs, atMs: new Set() };
        seen.set(name, entry);
        entry.intervalMs = Math.max(entry.intervalMs, intervalMs); // one that finds nothing of its kind has a longer one from then on
        entry.atMs.add(Date.parse(observedAt));
      }
      mostChildren = Math.max(mostChildren, childrenOf(scene.agentPid).length);
      await systemClock.sleep(pollMs, never);
    }
    const endedAtMs = systemClock.wallMs();
    return [...seen].map(([probe, { intervalMs, atMs }]) => {
      const times = [...atMs].sort((a, b) => a - b);
      // What should have come and did not is a gap, too.
      const gaps = [...times.slice(1), Math.max(endedAtMs, times.at(-1) ?? 0)].map((at, index) => at - (times[index] ?? at));
      return { probe, intervalMs, runs: times.length, longestGapMs: Math.max(...gaps) };
    });
  }

  it("runs every other probe at its interval", () => {
    const others = paces.filter(({ probe }) => !concerned.includes(probe));

    expect(others.map(({ probe }) => probe)).toEqual(expect.arrayContaining(["system", "network", "sensors", "agent"]));
    expect(others.filter(({ longestGapMs, intervalMs }) => longestGapMs > intervalMs * jitter + latenessMs)).toEqual([]);
  });

  it("says of the mount and of the disk that they do not answer, and of the others what they are", async () => {
    const { subjects } = await scene.detail();
    const of = (kind: string) => subjects.filter((subject) => subject.kind === kind);
    const silent = of("filesystem").find(({ id }) => id === scene.mountPoint);
    const root = of("filesystem").find(({ id }) => id === "/");
    const [health] = of("disk_health");

    expect(silent).toMatchObject({ outcome: "failed", failure: { code: "HOST_MOUNT_NOT_RESPONDING" } });
    expect(root?.outcome).toBe("ok");
    expect(health?.outcome).toBe("failed");
    expect(["HOST_COMMAND_TIMEOUT", "HOST_QUARANTINED"]).toContain(health?.failure?.code);
  });

  it("leaves one child behind at each of them, and starts no second one", () => {
    const left = childrenOf(scene.agentPid).map((pid) => readFileSync(`/proc/${pid}/stat`, "utf8"));

    expect(left.every((stat) => /^\d+ \(stat\) D /.test(stat))).toBe(true);
    expect(left.length).toBeLessThanOrEqual(2);
    expect(mostChildren).toBeLessThanOrEqual(2);
  });
});
