/** Agents that behave, over a real socket: what they send is seen, kept, and acknowledged when it is kept. */
import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { disk, factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, GoodbyeReason } from "../fakes/fake-agent.ts";
import { aCollector, eventually } from "./collector-under-test.ts";

const twoDisks = { subjects: [disk("nvme0n1"), disk("sda")], lists: [list("block_device", true)] };

function sequences(store: FakeStore): readonly number[] {
  return store.observations.map((stored) => stored.observation.sequence);
}

function spans(ack: { readonly ranges: readonly { readonly first: number; readonly last: number }[] }) {
  return ack.ranges.map(({ first, last }) => [first, last]);
}

describe("ingest", () => {
  it("greets an agent, takes its report, and acknowledges after the commit", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);

    agent.hello();
    const greeting = await agent.next("helloAck");
    const release = collector.store.block();
    agent.report([observation(twoDisks)]);
    const seen = await eventually(async () => {
      const node = await collector.node("neko");
      expect(node.subjects).toHaveLength(2);
      return node;
    });
    const acksBeforeCommit = agent.received.filter((each) => each.message.case === "ack").length;
    release();
    const ack = await agent.next("ack");

    expect(greeting).toMatchObject({ wireVersion: 1, maximumReportBytes: 1_048_576, held: [], acknowledged: [] });
    expect(seen.subjects.map((subject) => [subject.id, subject.outcome])).toEqual([
      ["nvme0n1", "ok"],
      ["sda", "ok"],
    ]);
    expect(acksBeforeCommit).toBe(0);
    expect(ack.epoch).toBe("epoch-1");
    expect(spans(ack)).toEqual([[1, 1]]);
    expect(sequences(collector.store)).toEqual([1]);
  });

  it("places observations on its own clock by the node's uptime, however wrong the node's wall clock is", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const beforeMs = Date.now();

    // Observed 30 s before it was sent, on a node whose wall clock stands in 1970.
    const made = observation(twoDisks, { uptimeMs: 90_000n, observedAtUnixMs: 90_000n });
    agent.report([made], { sentAtUnixMs: 120_000n, sentUptimeMs: 120_000n });
    await agent.next("ack");

    const [stored] = collector.store.observations;
    expect(stored?.observedAtMs).toBeGreaterThanOrEqual(beforeMs - 30_000);
    expect(stored?.observedAtMs).toBeLessThanOrEqual(Date.now() - 30_000);
    const node = await collector.node("neko");
    expect(node.clockSkewMs).toBeLessThan(-1_000_000_000_000);
  });

  it("takes newest first, and lets history neither overwrite the state nor get lost", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const older = observation(
      { subjects: [disk("sda")], lists: [list("block_device", true)] },
      { sequence: 3, factsHash: factsHash("old") },
    );
    const newest = observation(twoDisks, { sequence: 9, uptimeMs: 119_000n });

    agent.report([newest, older]);
    agent.report([observation(twoDisks, { sequence: 4 }), older, newest]);

    await eventually(() => expect(sequences(collector.store).toSorted()).toEqual([3, 4, 9]));
    const node = await collector.node("neko");
    expect(node.subjects.map((subject) => [subject.id, subject.outcome])).toEqual([
      ["nvme0n1", "ok"],
      ["sda", "ok"],
    ]);
    expect(await collector.metric('nodekeeper_collector_observations_total{result="taken"}')).toBe(3);
    expect(await collector.metric('nodekeeper_collector_observations_total{result="repeated"}')).toBe(2);
  });

  it("resolves unchanged facts, and asks for those that it does not hold until they come", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const facts = { ...twoDisks, sampleKeys: [{ kind: "block_device", id: "sda", name: "read_bytes_total" }] };
    const unchanged = { body: { case: "unchanged", value: {} } } as const;

    agent.report([observation(facts, { sequence: 1, ...unchanged, sampleValues: [1] })]);
    const needFull = await agent.next("needFull");
    const acksBefore = agent.received.filter((each) => each.message.case === "ack").length;
    agent.report([observation(facts, { sequence: 1, sampleValues: [1] })]);
    const first = await agent.next("ack");
    agent.report([observation(facts, { sequence: 2, uptimeMs: 101_000n, ...unchanged, sampleValues: [2] })]);
    const second = await agent.next("ack");

    expect(needFull).toMatchObject({ probe: "disks", ranges: [{ first: 1, last: 1 }] });
    expect(Buffer.from(needFull.factsHash)).toEqual(Buffer.from(factsHash("facts")));
    expect(acksBefore).toBe(0);
    expect(spans(first)).toEqual([[1, 1]]);
    expect(spans(second)).toEqual([[2, 2]]);
    const node = await collector.node("neko");
    expect(node.subjects.find((subject) => subject.id === "sda")?.samples).toEqual({ read_bytes_total: 2 });
    expect(collector.store.observations.map((stored) => stored.observation.body.case)).toEqual(["full", "unchanged"]);
  });

  it("gives the store facts whole again when they come back after others", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const facts = (hash: string, sequence: number, isWhole: boolean) =>
      observation(twoDisks, {
        ...{ sequence, factsHash: factsHash(hash), uptimeMs: 100_000n + BigInt(sequence) },
        ...(isWhole ? {} : ({ body: { case: "unchanged", value: {} } } as const)),
      });

    agent.report([facts("a", 1, true), facts("a", 2, false), facts("b", 3, true), facts("a", 4, false), facts("a", 5, false)]);
    await eventually(() => expect(sequences(collector.store)).toEqual([1, 2, 3, 4, 5]));

    expect(collector.store.observations.map((stored) => stored.observation.body.case)).toEqual([
      "full",
      "unchanged",
      "full",
      "full",
      "unchanged",
    ]);
  });

  it("tells an agent that comes back what it holds and what is committed", async () => {
    const store = new FakeStore();
    {
      await using collector = await aCollector({ store });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      agent.report([
        observation(twoDisks, { sequence: 1 }),
        observation(twoDisks, { sequence: 2 }),
        observation(twoDisks, { sequence: 7 }),
      ]);
      await agent.next("ack");
    }

    await using collector = await aCollector({ store });
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const greeting = await agent.next("helloAck");
    agent.report([
      observation({}, { sequence: 8, body: { case: "unchanged", value: {} } }),
      observation(twoDisks, { sequence: 7 }),
    ]);
    await eventually(() => expect(sequences(store)).toEqual([1, 2, 7, 8]));

    expect(greeting.acknowledged.map(({ first, last }) => [first, last])).toEqual([
      [1, 2],
      [7, 7],
    ]);
    expect(greeting.held.map((held) => [held.probe, Buffer.from(held.factsHash).toString()])).toEqual([
      ["disks", Buffer.from(factsHash("facts")).toString()],
    ]);
    const node = await collector.node("neko");
    expect(node.subjects).toHaveLength(2);
  });

  it("lets a newer stream of a node take the place of the older, and acknowledges there what came on the older", async () => {
    await using collector = await aCollector();
    await using older = connectAgent(collector.grpcAddress);
    older.hello();
    await older.next("helloAck");
    const release = collector.store.block();
    older.report([observation(twoDisks)]);
    await eventually(async () => expect((await collector.node("neko")).subjects).toHaveLength(2));

    await using newer = connectAgent(collector.grpcAddress);
    newer.hello();
    const end = await older.ended;
    newer.report([observation(twoDisks)]);
    release();
    const ack = await newer.next("ack");

    expect(end).toEqual({ code: 10, details: "a newer stream of this node took the place of this one" });
    expect(spans(ack)).toEqual([[1, 1]]);
    expect(sequences(collector.store)).toEqual([1]);
    expect((await collector.node("neko")).summary.isConnected).toBe(true);
  });

  it("refuses another machine under the name of one that is connected, and takes it when that one is gone", async () => {
    await using collector = await aCollector();
    const first = connectAgent(collector.grpcAddress);
    first.hello();
    await first.next("helloAck");
    first.report([observation(twoDisks)]);
    await first.next("ack");
    await using second = connectAgent(collector.grpcAddress);
    second.hello({ machineId: "99999999999999999999999999999999", epoch: "epoch-of-another" });
    const refusal = await second.ended;
    await first[Symbol.asyncDispose]();
    await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));

    await using third = connectAgent(collector.grpcAddress);
    third.hello({ machineId: "99999999999999999999999999999999", epoch: "epoch-of-another" });
    const greeting = await third.next("helloAck");

    expect(refusal.code).toBe(6);
    expect(refusal.details).toContain("another machine (machine-id 11111111111111111111111111111111) is connected as neko");
    expect(greeting.held).toEqual([]);
    const node = await collector.node("neko");
    expect(node.identity.machineId).toBe("99999999999999999999999999999999");
    expect(node.subjects).toEqual([]);
  });

  it("leaves a name that two machines take by turns with the one that has it, and says that they are two", async () => {
    await using collector = await aCollector();
    const greet = async (letter: string) => {
      const agent = connectAgent(collector.grpcAddress);
      agent.hello({ machineId: letter.repeat(32), epoch: `epoch-of-${letter}` });
      return agent;
    };
    for (const letter of ["a", "b", "a", "b"]) {
      const agent = await greet(letter);
      await agent.next("helloAck");
      await agent[Symbol.asyncDispose]();
      await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));
    }

    await using contender = await greet("a");
    const refusal = await contender.ended;
    await using owner = await greet("b");
    await owner.next("helloAck");

    expect(refusal.code).toBe(6);
    expect(refusal.details).toContain(`two machines that take turns; it stays with machine-id ${"b".repeat(32)}`);
    expect((await collector.node("neko")).identity.machineId).toBe("b".repeat(32));
  });

  it("gives the last acknowledgements to an agent that said goodbye, and remembers why it went", async () => {
    const store = new FakeStore();
    {
      await using collector = await aCollector({ store });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      await agent.next("helloAck");
      const release = store.block();
      agent.report([observation(twoDisks)]);
      agent.goodbye(GoodbyeReason.REBOOT);
      agent.halfClose();
      await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));
      release();

      const ack = await agent.next("ack");
      expect(spans(ack)).toEqual([[1, 1]]);
      expect(await agent.ended).toMatchObject({ code: 0 });
      await eventually(() => expect(store.nodes.get("neko")?.goodbye).toBe("reboot"));
    }

    await using collector = await aCollector({ store });
    expect((await collector.node("neko")).summary.isConnected).toBe(false);
  });

  it("remembers what an agent lost before it lets the agent forget it, also over a restart", async () => {
    const store = new FakeStore();
    const loss = { fromUnixMs: 1_800_000_000_000n, untilUnixMs: 1_800_000_060_000n, observationCount: 12, reason: "spool_full" };
    {
      await using collector = await aCollector({ store });
      await using agent = connectAgent(collector.grpcAddress);
      agent.hello();
      await agent.next("helloAck");

      agent.report([observation(twoDisks)], { losses: [loss] });
      await agent.next("ack");

      expect(store.nodes.get("neko")?.losses).toMatchObject([{ observationCount: 12, reason: "spool_full" }]);
    }
    await using restarted = await aCollector({ store });

    expect((await restarted.node("neko")).losses).toMatchObject([{ observationCount: 12, reason: "spool_full" }]);
  });

  it("asks agents to come back when it stops, after committing and acknowledging what it has", async () => {
    const collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    const release = collector.store.block();
    agent.report([observation(twoDisks)]);
    await eventually(async () => expect((await collector.node("neko")).subjects).toHaveLength(2));

    const stopped = collector[Symbol.asyncDispose]();
    const reconnect = await agent.next("reconnect");
    release();
    const ack = await agent.next("ack");
    await stopped;

    expect(reconnect.afterMs).toBeGreaterThanOrEqual(1_000);
    expect(reconnect.afterMs).toBeLessThanOrEqual(2_000);
    expect(spans(ack)).toEqual([[1, 1]]);
    expect(sequences(collector.store)).toEqual([1]);
  });

  it("takes what could not be read at all, and says so", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    agent.report([observation(twoDisks, { sequence: 1 })]);
    await agent.next("ack");

    const failure = { code: "HOST_READ_FAILED", message: "reading /sys/block failed: EIO" };
    const none = { factsHash: new Uint8Array(), body: { case: undefined, value: undefined } } as const;
    agent.report([observation({}, { sequence: 2, uptimeMs: 110_000n, outcome: Outcome.FAILED, failure, ...none })]);
    await agent.next("ack");

    const node = await collector.node("neko");
    expect(node.probes).toMatchObject([{ name: "disks", outcome: "failed", failure }]);
    expect(node.subjects.map((subject) => subject.outcome)).toEqual(["ok", "ok"]);
  });
});
