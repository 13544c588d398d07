/** `agent probe` and `agent report` as two processes that meet at a socket. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import { anAgentFolder } from "./agent-under-test.ts";

function countOf(collector: FakeCollector, probe: string): number {
  return collector.observations.filter((observation) => observation.probe === probe).length;
}

describe("agent probe and agent report", { timeout: 90_000 }, () => {
  it("report together what one process would, in whatever order they start", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    folder.agent("report", ...folder.to(collector.address)).start();
    folder.agent("probe", "--interval", "system=1s").start();

    await eventually("the machine is reported again and again", () => countOf(collector, "system") >= 3, 40_000);

    expect(collector.streams).toHaveLength(1);
    expect(countOf(collector, "agent")).toBe(1);
    expect((await stat(folder.socket)).mode & 0o777).toBe(0o660);
    expect((await stat(dirname(folder.socket))).mode & 0o777).toBe(0o750);
    expect((await stat(folder.spoolDir)).mode & 0o777).toBe(0o700);
  });

  it("find each other again when either is killed, and count nothing twice under another number", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    const probe = folder.agent("probe", "--interval", "system=1s");
    const report = folder.agent("report", ...folder.to(collector.address));
    probe.start();
    report.start();
    await eventually("they report", () => countOf(collector, "system") >= 2, 40_000);

    await report.kill();
    report.start();
    await eventually("a new stream reports", () => collector.streams.length === 2 && collector.stream.reports.length > 1, 40_000);
    await probe.kill();
    probe.start();
    await eventually(
      "the new probe is reported",
      () => collector.streams.length >= 3 && collector.stream.reports.length > 1,
      40_000,
    );

    expect(new Set(collector.streams.map((stream) => stream.hello.epoch)).size).toBe(1);
    const bySequence = new Map<number, string>();
    for (const { sequence, probe: name, observedAtUnixMs } of collector.observations) {
      const what = `${name} at ${observedAtUnixMs}`;
      expect(bySequence.get(sequence) ?? what).toBe(what);
      bySequence.set(sequence, what);
    }
  });

  it("end with 0 when they are stopped, and report says goodbye", async () => {
    await using collector = await FakeCollector.listen();
    await using folder = await anAgentFolder();
    const probe = folder.agent("probe");
    const report = folder.agent("report", ...folder.to(collector.address));
    probe.start();
    report.start();
    await eventually("they report", () => countOf(collector, "agent") === 1, 40_000);

    expect(await report.stop()).toBe(0);
    expect(collector.stream.goodbye).toBe(true);
    expect(await probe.stop()).toBe(0);
    await expect(stat(folder.socket)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
