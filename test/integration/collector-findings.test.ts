/** From a reading on the wire to a finding in the API, over restarts, with time that passes when the test says so. */
import { Outcome } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent, GoodbyeReason } from "../fakes/fake-agent.ts";
import { aCollector, type CollectorUnderTest, eventually } from "./collector-under-test.ts";

const minuteMs = 60_000;
const gibibyte = 2 ** 30;

/** An agent that reports how full / is, at the clock's time. */
function reporter(agent: FakeAgent, clock: FakeClock): (usedPercent: number) => Promise<void> {
  let sequence = 0;
  return async (usedPercent) => {
    sequence += 1;
    const uptimeMs = BigInt(Math.round(clock.monotonicMs()) + 1_000_000);
    const facts = {
      subjects: [
        {
          kind: "filesystem",
          id: "/",
          outcome: Outcome.OK,
          value: {
            case: "filesystem",
            value: { mountPoint: "/", type: "ext4", sizeBytes: BigInt(100 * gibibyte), isReadOnly: false },
          },
        } as const,
      ],
      lists: [list("filesystem", true)],
      sampleKeys: ["used_bytes", "available_bytes"].map((name) => ({ kind: "filesystem", id: "/", name })),
    };
    const sampleValues = [usedPercent * gibibyte, (100 - usedPercent) * gibibyte];
    const times = { sentAtUnixMs: BigInt(Math.round(clock.wallMs())), sentUptimeMs: uptimeMs };
    const observedAtUnixMs = times.sentAtUnixMs;
    agent.report([observation(facts, { sequence, uptimeMs, observedAtUnixMs, sampleValues })], times);
    await agent.next("ack");
  };
}

async function passMinutes(clock: FakeClock, minutes: number, each: () => Promise<void>): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await each();
    await clock.advance(minuteMs);
  }
}

function shown(collector: CollectorUnderTest) {
  return collector.findings().then((all) => all.map(({ rule, state, severity, isHeld }) => ({ rule, state, severity, isHeld })));
}

describe("findings", () => {
  it("wait for their hold time, fire, survive a restart under their name, and are resolved by facts alone", async () => {
    const store = new FakeStore();
    const clock = new FakeClock();
    let id = "";
    {
      await using collector = await aCollector({ store, clock });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      const report = reporter(agent, clock);
      await report(91);
      await eventually(async () =>
        expect(await shown(collector)).toMatchObject([{ rule: "disk-nearly-full", state: "pending" }]),
      );
      await passMinutes(clock, 4, () => report(91));
      await eventually(async () => expect(await shown(collector)).toMatchObject([{ state: "firing", severity: "medium" }]));

      const [finding] = await collector.findings();
      expect(finding?.text).toBe("/ is 91 % full");
      expect(finding?.evidence.map(({ name, value }) => [name, value])).toEqual([
        ["used_percent", 91],
        ["used_bytes", 91 * gibibyte],
        ["available_bytes", 9 * gibibyte],
        ["size_bytes", 100 * gibibyte],
      ]);
      id = finding?.id ?? "";
      const { summary } = await collector.node("neko");
      expect(summary).toMatchObject({ status: "degraded", reason: "/ is 91 % full" });
    }
    await clock.advance(20 * minuteMs);

    await using collector = await aCollector({ store, clock });
    await clock.advance(minuteMs);
    const afterRestart = await collector.findings();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello({ epoch: "epoch-2" });
    const report = reporter(agent, clock);
    await passMinutes(clock, 2, () => report(91));
    const stillFull = await collector.findings();
    await passMinutes(clock, 7, () => report(50));
    await eventually(async () => expect(await collector.findings()).toEqual([]));

    expect(afterRestart).toMatchObject([{ id, state: "firing", isHeld: true }]);
    expect(stillFull).toMatchObject([{ id, state: "firing", isHeld: false }]);
    expect([...store.findings.values()]).toMatchObject([{ id, state: "resolved" }]);
    expect((await collector.node("neko")).summary.status).toBe("ok");
  });

  it("say that a node is silent, and hold what is on it as a consequence", async () => {
    const clock = new FakeClock();
    await using collector = await aCollector({ clock });
    const agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const report = reporter(agent, clock);
    await passMinutes(clock, 4, () => report(97));
    await eventually(async () => expect(await shown(collector)).toMatchObject([{ rule: "disk-nearly-full", severity: "high" }]));

    agent.vanish();
    await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));
    await clock.advance(3 * minuteMs);
    const early = await shown(collector);
    await clock.advance(4 * minuteMs);
    const late = await eventually(async () => {
      const findings = await collector.findings();
      expect(findings.map(({ state }) => state)).toEqual(["firing", "firing"]);
      return findings;
    });

    expect(early).toEqual([{ rule: "disk-nearly-full", state: "firing", severity: "high", isHeld: true }]);
    const silence = late.find((finding) => finding.rule === "node-not-reporting");
    const full = late.find((finding) => finding.rule === "disk-nearly-full");
    expect(silence).toMatchObject({ state: "firing", severity: "medium", subject: { kind: "node", id: "" } });
    expect(full).toMatchObject({ state: "firing", isHeld: true, suppressedBy: silence?.id });
    const { summary } = await collector.node("neko");
    expect(summary.status).toBe("unknown");
    expect(summary.reason).toMatch(/^silent for \d+ min$/);

    await using back = connectAgent(collector.grpcAddress);
    back.hello({ epoch: "epoch-2" });
    await reporter(back, clock)(97);
    await eventually(async () => {
      await clock.advance(5_000);
      expect(await shown(collector)).toEqual([{ rule: "disk-nearly-full", state: "firing", severity: "high", isHeld: false }]);
    });
  });

  it("are quiet about a machine that said that it shuts down", async () => {
    const clock = new FakeClock();
    await using collector = await aCollector({ clock });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await reporter(agent, clock)(50);
    agent.goodbye(GoodbyeReason.SHUTDOWN);
    agent.halfClose();
    await agent.ended;

    await clock.advance(23 * 60 * minuteMs);
    const quiet = await collector.findings();
    await clock.advance(2 * 60 * minuteMs);

    expect(quiet).toEqual([]);
    await eventually(async () => expect(await shown(collector)).toMatchObject([{ rule: "node-not-reporting", severity: "low" }]));
    expect((await collector.node("neko")).summary.reason).toMatch(/^silent for 2[45] h: it was shut down$/);
  });

  it("blame nobody for the time in which the collector did not listen", async () => {
    const store = new FakeStore();
    const clock = new FakeClock();
    {
      await using collector = await aCollector({ store, clock });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      await reporter(agent, clock)(50);
    }
    await clock.advance(600 * minuteMs);

    await using collector = await aCollector({ store, clock });
    await clock.advance(4 * minuteMs);
    const justStarted = await collector.findings();
    clock.jumpWall(60 * minuteMs);
    await clock.advance(4 * minuteMs);
    const afterJump = await collector.findings();
    await clock.advance(2 * minuteMs);

    expect(justStarted).toEqual([]);
    expect(afterJump).toEqual([]);
    await eventually(async () => expect(await shown(collector)).toMatchObject([{ rule: "node-not-reporting" }]));
  });
});
