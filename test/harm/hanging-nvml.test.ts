/**
 * An NVML that never comes back: the real scheduler with all probes on a machine with an NVIDIA and an AMD GPU, where the program that calls NVIDIA's
 * library hangs, once as a driver does that still takes a signal, once as a program that will not be asked to end.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Outcome, type Subject } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands, nvmlLibraries } from "../../agent/src/host/commands.ts";
import { createCommandRunner } from "../../agent/src/host/exec.ts";
import type { Host } from "../../agent/src/host/host.ts";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { createProbes } from "../../agent/src/probes/index.ts";
import { createScheduler } from "../../agent/src/scheduler.ts";
import type { NewObservation } from "../../agent/src/spool/spool.ts";
import { createSilentLogger } from "../../agent/src/test-support/silent-logger.ts";
import { makeGpuMachine } from "./gpu-tree.ts";

const intervalMs = 5_000;
/** The driver's time, what follows on it, and the next run of the probe. */
const durationMs = 32_000;
const driverTimeoutMs = 10_000;
const never = new AbortController().signal;

const kinds = [
  { name: "one that takes a signal", script: "exec sleep 1000" },
  { name: "one that ignores SIGTERM", script: 'trap "" TERM; while :; do sleep 1; done' },
];

interface Seen {
  readonly atMs: number;
  readonly observation: NewObservation;
}

describe("an NVML that blocks for ever", () => {
  const folders: string[] = [];
  const scenes = new Map<
    string,
    { readonly seen: readonly Seen[]; readonly pids: readonly string[]; readonly abandoned: number }
  >();

  beforeAll(async () => {
    await Promise.all(kinds.map(async ({ name, script }) => scenes.set(name, await play(script))));
  }, durationMs + 60_000);

  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  describe.each(kinds)("$name", ({ name }) => {
    const seenOf = (probe: string): readonly Seen[] =>
      (scenes.get(name)?.seen ?? []).filter(({ observation }) => observation.probe === probe);
    const statuses = (id: string): readonly (Subject & { readonly atMs: number })[] => {
      let subjects: readonly Subject[] = [];
      return seenOf("gpu").flatMap(({ atMs, observation: { body } }) => {
        if (body.case === "full") subjects = body.value.subjects; // else they are as they were
        return subjects
          .filter((subject) => subject.kind === "gpu_status" && subject.id === id)
          .map((subject) => ({ ...subject, atMs }));
      });
    };

    it("delays no other probe", () => {
      const others = createProbes()
        .map((probe) => probe.name)
        .filter((probe) => probe !== "gpu");

      for (const probe of others) {
        const times = seenOf(probe).map(({ atMs }) => atMs);
        const longestMs = Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)));
        expect(times.length, probe).toBeGreaterThanOrEqual(Math.floor(durationMs / intervalMs) - 1);
        expect(longestMs, probe).toBeLessThan(2 * intervalMs);
      }
    });

    it("is reported when the driver's time is up, and the other GPU's reading with it", () => {
      const [nvidia] = statuses("0000:01:00.0");
      const [amd] = statuses("0000:03:00.0");

      expect(nvidia).toMatchObject({
        outcome: Outcome.FAILED,
        failure: { code: "HOST_COMMAND_TIMEOUT", message: expect.stringContaining("no answer within 10 s") },
      });
      expect(amd?.outcome).toBe(Outcome.OK);
      for (const subject of [nvidia, amd]) {
        expect(subject?.atMs).toBeGreaterThanOrEqual(driverTimeoutMs);
        expect(subject?.atMs).toBeLessThan(driverTimeoutMs + intervalMs);
      }
    });

    it("is left alone for a while, and said to have failed meanwhile", () => {
      const nvidia = statuses("0000:01:00.0");

      expect(nvidia.length).toBeGreaterThanOrEqual(3);
      expect(nvidia.filter(({ outcome }) => outcome !== Outcome.FAILED)).toEqual([]);
      expect(scenes.get(name)?.pids.length).toBe(1);
    });

    it("ends, whether it wants to or not", () => {
      const { pids = [], abandoned } = scenes.get(name) ?? {};

      expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      expect(abandoned).toBe(0);
    });
  });

  async function play(script: string): Promise<{ seen: readonly Seen[]; pids: readonly string[]; abandoned: number }> {
    const folder = await mkdtemp(join(tmpdir(), "nodekeeper-nvml-"));
    folders.push(folder);
    const root = join(folder, "root");
    makeGpuMachine(root, { nvidia: "active", amd: "active" });
    const library = join(root, nvmlLibraries[0] ?? "");
    mkdirSync(dirname(library), { recursive: true });
    writeFileSync(library, "");
    const program = join(folder, "nvml");
    writeFileSync(program, `#!/bin/sh\necho $$ >>${folder}/pids\n${script}\n`, { mode: 0o755 });

    const table = { ...commands, nvml: { ...commands.nvml, paths: [program], leading: [] } };
    const runner = createCommandRunner({ clock: systemClock, root, table });
    const local = createLocalHost({ root, clock: systemClock });
    const host: Host = { ...local, run: (...call) => runner.run(...call) };
    const probes = createProbes();
    const startedAtMs = systemClock.monotonicMs();
    const seen: Seen[] = [];
    const scheduler = createScheduler({
      probes,
      host,
      clock: systemClock,
      random: () => 0.5, // no jitter
      logger: createSilentLogger(),
      spool: {
        append: (observation) => seen.push({ atMs: systemClock.monotonicMs() - startedAtMs, observation }),
      },
      intervalOverridesMs: new Map(probes.map(({ name }) => [name, intervalMs])),
    });
    const stop = new AbortController();
    const running = scheduler.run(stop.signal);
    await systemClock.sleep(durationMs, never);
    stop.abort();
    await running;
    return { seen, pids: readFileSync(join(folder, "pids"), "utf8").trim().split("\n"), abandoned: runner.abandonedCount() };
  }
});
