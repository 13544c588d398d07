/** `agent run` as a process, reading this machine, against a collector on a real socket. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { probes } from "../../agent/src/doctor.ts";
import { eventually, FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import type { Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { anAgentFolder } from "./agent-under-test.ts";

const never = new AbortController().signal;
const allProbes = ["agent", ...probes.map(({ name }) => name)].sort();

function probesIn(collector: FakeCollector): readonly string[] {
  return [...new Set(collector.observations.map((observation) => observation.probe))].sort();
}

function reportsOf(collector: FakeCollector, probe: string): number {
  return collector.observations.filter((observation) => observation.probe === probe).length;
}

function firstReportMs(collector: FakeCollector, probe: string): number {
  return Number(collector.observations.find((observation) => observation.probe === probe)?.observedAtUnixMs);
}

const hasStarted = (agent: Program): boolean => agent.log().includes("reading this machine");

/** When it said that it has started, by its clock. */
function startOf(agent: Program): number {
  const line = agent
    .log()
    .split("\n")
    .find((each) => each.includes("reading this machine"));
  const { time }: { readonly time: string | number } = JSON.parse(line ?? "");
  return new Date(time).getTime();
}

/** They are counted from 1. */
function hasNoGap(sequences: readonly number[]): boolean {
  return sequences.length > 0 && new Set(sequences).size === Math.max(...sequences);
}

describe("feature 1: agent run, outside of Kubernetes,", { timeout: 90_000 }, () => {
  it("shows what every probe saw within five seconds of its start", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    const agent = folder.agent("run", ...folder.to(collector.address));
    agent.start();

    await eventually("every probe has reported", () => probesIn(collector).length === allProbes.length, 40_000);

    // By the agent's own clock, since Node is a while in loading it on a machine that does much else.
    const lastAtMs = Math.max(...allProbes.map((probe) => firstReportMs(collector, probe)));
    expect(lastAtMs - startOf(agent)).toBeLessThan(5_000);
    expect(probesIn(collector)).toEqual(allProbes);
    expect(collector.stream.hello).toMatchObject({ nodeName: "under-test", bootId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(collector.stream.hello.probes.map((probe) => probe.name).sort()).toEqual(allProbes);
    const system = collector.observations.find((observation) => observation.probe === "system");
    expect(system?.outcome).toBe(Outcome.OK);
  });

  it("says goodbye when it is stopped, leaves nothing unsent behind, and ends with 0", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    const agent = folder.agent("run", ...folder.to(collector.address));
    agent.start();
    await eventually("every probe has reported", () => probesIn(collector).length === allProbes.length, 40_000);

    expect(await agent.stop()).toBe(0);

    expect(collector.stream.goodbye).toBe(true);
    expect((await readdir(folder.spoolDir)).sort()).toEqual(["last-readings", "state.json"]);
    expect(JSON.parse(await readFile(join(folder.spoolDir, "state.json"), "utf8"))).toMatchObject({ isClean: true, losses: [] });
  });

  it("brings what it could not report over its own end, and uses no number twice", async () => {
    const [port] = await freePorts(1); // nobody else takes it while nobody listens there
    await using collector = await FakeCollector.listen({}, port);
    await using folder = await anAgentFolder();
    collector.kill();
    const first = folder.agent("run", ...folder.to(collector.address), "--interval", "system=1s");
    first.start();
    await waitUntil("it reads the machine", 40_000, () => hasStarted(first));
    await systemClock.sleep(3_000, never);
    expect(await first.stop()).toBe(0);
    expect((await readdir(folder.spoolDir)).filter((name) => name.startsWith("segment-"))).toHaveLength(1);

    await collector.restart();
    folder.agent("run", ...folder.to(collector.address)).start();
    const sequences = (): readonly number[] => collector.observations.map((observation) => observation.sequence);
    await eventually("all of both lives arrives", () => reportsOf(collector, "system") >= 2 && hasNoGap(sequences()), 40_000);

    expect(new Set(sequences()).size).toBe(sequences().length);
    expect(collector.stream.reports.flatMap((report) => report.losses)).toEqual([]);
  });

  it("brings what it had written to the disk over kill -9, says that something may be lost, and uses no number twice", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    const options = [...folder.to(collector.address), "--interval", "system=1s", "--spill-after", "1s"];
    collector.behaviour = { onReport: () => undefined };
    const first = folder.agent("run", ...options);
    first.start();
    await eventually("the first life has reported for some seconds", () => reportsOf(collector, "system") >= 4, 40_000);
    await first.kill();
    const before = collector.observations.map((observation) => observation.sequence);

    collector.behaviour = {};
    folder.agent("run", ...options).start();
    await eventually(
      "the second life reports",
      () => collector.streams.length === 2 && collector.stream.reports.length > 0,
      40_000,
    );
    const arrived = () => collector.stream.reports.flatMap((report) => report.observations);
    const again = () => arrived().filter((observation) => before.includes(observation.sequence));
    await eventually("the spilled ones arrive again", () => again().length >= 3, 40_000);

    expect(collector.streams[1]?.hello.epoch).toBe(collector.streams[0]?.hello.epoch);
    const isNew = arrived().filter((observation) => !before.includes(observation.sequence));
    for (const { sequence } of isNew) expect(sequence).toBeGreaterThan(Math.max(...before));
    expect(collector.stream.reports[0]?.losses).toMatchObject([{ reason: "agent_killed", observationCount: 0 }]);
  });
});
