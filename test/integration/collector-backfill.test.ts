/** History that comes late, after an outage: it is kept where it belongs in time, and no rule takes it for news. A real collector, its store too. */
import { Outcome } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, eventually } from "./collector-under-test.ts";

const minuteMs = 60_000;
const gibibyte = 2 ** 30;
const bootAgoMs = 10 * 60 * minuteMs;

const filesystem = {
  kind: "filesystem",
  id: "/",
  outcome: Outcome.OK,
  value: {
    case: "filesystem",
    value: { mountPoint: "/", type: "ext4", sizeBytes: BigInt(100 * gibibyte), isReadOnly: false },
  },
} as const;

/** An observation of how full / was some minutes ago. */
function usage(clock: FakeClock, sequence: number, minutesAgo: number, usedPercent: number): ReturnType<typeof observation> {
  const facts = {
    subjects: [filesystem],
    lists: [list("filesystem", true)],
    sampleKeys: ["used_bytes", "available_bytes"].map((name) => ({ kind: "filesystem", id: "/", name })),
  };
  const uptimeMs = BigInt(Math.round(clock.monotonicMs()) + bootAgoMs - minutesAgo * minuteMs);
  const observedAtUnixMs = BigInt(Math.round(clock.wallMs()) - minutesAgo * minuteMs);
  const sampleValues = [usedPercent * gibibyte, (100 - usedPercent) * gibibyte];
  return observation(facts, { sequence, uptimeMs, observedAtUnixMs, sampleValues, intervalMs: minuteMs });
}

async function send(agent: FakeAgent, clock: FakeClock, observations: readonly ReturnType<typeof observation>[]): Promise<void> {
  const sentUptimeMs = BigInt(Math.round(clock.monotonicMs()) + bootAgoMs);
  agent.report(observations, { sentAtUnixMs: BigInt(Math.round(clock.wallMs())), sentUptimeMs });
  await agent.next("ack");
}

/** An hour in which / was full, minute by minute, with the sequence numbers that it had; it ended so many minutes ago. */
function fullHour(clock: FakeClock, endedMinutesAgo: number): readonly ReturnType<typeof observation>[] {
  return Array.from({ length: 60 }, (_, index) => usage(clock, index + 1, endedMinutesAgo + 59 - index, 97));
}

describe("feature 10: backfilled data raises no late alarm", () => {
  it.each([
    {
      order: "the newest state first, as agents do",
      arrange: <Item>(now: Item, past: readonly Item[]) => [[now], past.toReversed()],
    },
    { order: "the oldest first", arrange: <Item>(now: Item, past: readonly Item[]) => [past, [now]] },
    { order: "all in one report", arrange: <Item>(now: Item, past: readonly Item[]) => [[...past, now]] },
  ])("keeps an hour in which a disk was full that is not full now, and says nothing of it ($order)", async ({ arrange }) => {
    const store = new FakeStore();
    const clock = new FakeClock();
    await using collector = await aCollector({ store, clock });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const told = new Set<string>();
    const look = async (): Promise<void> => {
      for (const { rule, state } of await collector.findings()) told.add(`${rule} ${state}`);
    };

    for (const report of arrange(usage(clock, 61, 0, 30), fullHour(clock, 10))) {
      await send(agent, clock, report);
      await look();
    }
    for (let minute = 1; minute <= 10; minute += 1) {
      await clock.advance(minuteMs);
      await send(agent, clock, [usage(clock, 61 + minute, 0, 30)]);
      await look();
    }

    expect([...told]).toEqual([]);
    await eventually(async () => expect((await collector.node("neko")).summary).toMatchObject({ status: "ok" }));
    const kept = new Set(store.observations.map((each) => each.observation.sequence));
    expect(kept.size).toBe(71);
  });

  it("speaks of a disk that was full all the time and still is, once its hold time has passed now", async () => {
    const clock = new FakeClock();
    await using collector = await aCollector({ clock });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await send(agent, clock, [usage(clock, 61, 0, 97)]);
    await send(agent, clock, fullHour(clock, 1).toReversed());

    for (let minute = 1; minute <= 10; minute += 1) {
      await clock.advance(minuteMs);
      await send(agent, clock, [usage(clock, 61 + minute, 0, 97)]);
    }

    await eventually(async () =>
      expect(await collector.findings()).toMatchObject([{ rule: "disk-nearly-full", state: "firing" }]),
    );
  });
});
