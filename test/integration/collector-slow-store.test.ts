/** A store that is slow, full or broken: health goes on, nothing is acknowledged that is not kept, memory stays bounded. */
import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { disk, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, eventually } from "./collector-under-test.ts";

function acknowledged(agent: FakeAgent): readonly number[] {
  return agent.received.flatMap(({ message }) =>
    message.case === "ack"
      ? message.value.ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
      : [],
  );
}

describe("a store that fails", () => {
  it("costs no observation: they are in the state, and acknowledged when it works again", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    collector.store.fail(new AppError("STORE_FULL", "the disk under /data is full, free some space"));

    agent.report([observation({ subjects: [disk("sda")] }, { sequence: 1 })]);
    await eventually(async () => expect((await collector.node("neko")).subjects).toHaveLength(1));
    const whileFull = await eventually(async () => {
      const ready = await collector.ready();
      expect(ready.status).toBe(503);
      return { ready, acknowledged: acknowledged(agent) };
    });
    agent.report([observation({ subjects: [disk("sda")] }, { sequence: 2, uptimeMs: 110_000n })]);
    collector.store.fail(undefined);
    await eventually(() => expect(acknowledged(agent)).toEqual([1, 2]));

    expect(whileFull.ready.text).toContain("the store does not take observations: the disk under /data is full, free some space");
    expect(whileFull.acknowledged).toEqual([]);
    expect(collector.store.observations.map((stored) => stored.observation.sequence)).toEqual([1, 2]);
    expect(await collector.metric("nodekeeper_collector_commit_failures_total")).toBeGreaterThan(0);
    expect((await collector.ready()).status).toBe(200);
  });

  it("lets an agent reconnect, and acknowledges on its new stream without keeping anything twice", async () => {
    await using collector = await aCollector();
    const first = connectAgent(collector.grpcAddress);
    first.hello();
    await first.next("helloAck");
    collector.store.fail(new AppError("STORE_FAILED", "no"));
    const made = observation({ subjects: [disk("sda")] });
    first.report([made]);
    await eventually(async () => expect((await collector.node("neko")).subjects).toHaveLength(1));
    first.vanish();
    await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));

    await using second = connectAgent(collector.grpcAddress);
    second.hello();
    const greeting = await second.next("helloAck");
    second.report([made]);
    collector.store.fail(undefined);
    await eventually(() => expect(acknowledged(second)).toEqual([1]));

    expect(greeting.acknowledged).toEqual([]);
    expect(collector.store.observations).toHaveLength(1);
  });
});

describe("a store that is slow", () => {
  it("makes agents wait when the queue is full, and hears them again when there is room", async () => {
    const store = new FakeStore();
    await using collector = await aCollector({ store, limits: { maximumItems: 10 } });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    const release = store.block();

    const total = 500;
    for (let sequence = 1; sequence <= total; sequence += 1) {
      agent.report([observation({ subjects: [disk("sda")] }, { sequence, uptimeMs: 100_000n + BigInt(sequence) })]);
    }
    const ready = await eventually(async () => {
      const answer = await collector.ready();
      expect(answer.status).toBe(503);
      return answer;
    });
    const queued = await collector.metric("nodekeeper_collector_queued_observations");
    const listening = await collector.metric("nodekeeper_collector_is_listening");
    release();
    await eventually(() => expect(acknowledged(agent)).toHaveLength(total));

    expect(ready.text).toContain("observations wait for the store, agents are not heard until it has caught up");
    expect(queued).toBe(10);
    expect(listening).toBe(0);
    expect(await collector.metric("nodekeeper_collector_is_listening")).toBe(1);
    expect(store.observations.map((stored) => stored.observation.sequence)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect((await collector.ready()).status).toBe(200);
  });

  it("greets agents all the same", async () => {
    const store = new FakeStore();
    await using collector = await aCollector({ store });
    const release = store.block();
    await using agent = connectAgent(collector.grpcAddress);

    agent.hello();
    const greeting = await agent.next("helloAck");
    agent.report([observation({ subjects: [disk("sda")] })]);
    await eventually(async () => expect((await collector.node("neko")).subjects).toHaveLength(1));
    release();
    await agent.next("ack");

    expect(greeting.acknowledged).toEqual([]);
  });
});
