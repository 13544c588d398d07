/** Agents that are broken, of another time, or hostile, over a real socket. Each gets a clear answer, and nobody else notices. */
import { toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { ConnectRequestSchema, Outcome } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { disk, factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { aHello, aReport, connectAgent } from "../fakes/fake-agent.ts";
import { aCollector, eventually } from "./collector-under-test.ts";

const refusals = (reason: string): string => `nodekeeper_collector_stream_refusals_total{reason="${reason}"}`;

describe("a stream", () => {
  it("is refused when its first message is not hello", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);

    agent.report([observation({ subjects: [disk("sda")] })]);

    expect(await agent.ended).toEqual({ code: status.FAILED_PRECONDITION, details: "the first message must be hello" });
    expect(await collector.metric(refusals("no_hello"))).toBe(1);
    expect(collector.store.observations).toEqual([]);
  });

  it("is refused when the agent speaks another wire version, saying which is spoken", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);

    agent.hello({ wireVersion: 2 });

    const { code, details } = await agent.ended;
    expect(code).toBe(status.UNIMPLEMENTED);
    expect(details).toBe("this collector speaks wire version 1, the agent speaks 2; bring both to the same release");
  });

  it("is ended when bytes come that are no message", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);

    agent.sendBytes(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3));

    const { code, details } = await agent.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(details).toMatch(/^this is no ConnectRequest: /);
    expect(await collector.metric(refusals("malformed"))).toBe(1);
  });

  it("is ended when a message is larger than 4 MiB", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress, { "grpc.max_send_message_length": -1 });
    agent.hello();
    await agent.next("helloAck");

    agent.sendBytes(new Uint8Array(4 * 2 ** 20 + 1));

    const { code, details } = await agent.ended;
    expect(code).toBe(status.RESOURCE_EXHAUSTED);
    expect(details).toMatch(/larger than max \(4194305 vs 4194304\)/);
    await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));
  });

  it("is ended when compressed bytes grow larger than 4 MiB", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress, {
      "grpc.default_compression_algorithm": 2,
      "grpc.max_send_message_length": -1,
    });

    agent.sendBytes(new Uint8Array(64 * 2 ** 20));

    const { code, details } = await agent.ended;
    expect(code).toBe(status.RESOURCE_EXHAUSTED);
    expect(details).toMatch(/larger than/);
  });

  it("is ended when no hello comes within ten seconds", async () => {
    const clock = new FakeClock();
    await using collector = await aCollector({ clock });
    await using agent = connectAgent(collector.grpcAddress);

    await eventually(async () => {
      await clock.advance(1_000);
      expect(await Promise.race([agent.ended, undefined])).toEqual({
        code: status.DEADLINE_EXCEEDED,
        details: "no hello within 10 s",
      });
    });
  });

  it.each([
    { name: "no node name", hello: { nodeName: "" }, problem: "node_name" },
    { name: "a path as node name", hello: { nodeName: "../../etc/passwd" }, problem: "node_name" },
    { name: "a node name with a terminal's control characters", hello: { nodeName: "neko\u001b[2J" }, problem: "node_name" },
    { name: "no epoch", hello: { epoch: "" }, problem: "epoch" },
    { name: "an epoch that is too long", hello: { epoch: "e".repeat(65) }, problem: "epoch" },
    { name: "a machine-id that is none", hello: { machineId: "<script>" }, problem: "machine_id" },
  ])("is refused for $name", async ({ hello, problem }) => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);

    agent.hello(hello);

    const { code, details } = await agent.ended;
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(details).toContain(`hello: ${problem} must be`);
  });

  it("is ended by a second hello", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await agent.next("helloAck");

    agent.hello({ nodeName: "someone-else" });

    expect(await agent.ended).toEqual({ code: status.FAILED_PRECONDITION, details: "hello comes once, first" });
    expect(await collector.metric("nodekeeper_collector_streams")).toBe(0);
  });

  it("is refused beyond the number of streams and of nodes that are taken", async () => {
    await using collector = await aCollector({ limits: { maximumStreams: 2, maximumNodes: 1 } });
    await using first = connectAgent(collector.grpcAddress);
    first.hello();
    await first.next("helloAck");
    await using second = connectAgent(collector.grpcAddress);
    second.hello({ nodeName: "bobcat" });
    const tooManyNodes = await second.ended;
    await using third = connectAgent(collector.grpcAddress);
    await using fourth = connectAgent(collector.grpcAddress);

    const tooManyStreams = await Promise.race([third.ended, fourth.ended]);

    expect(tooManyNodes).toEqual({ code: status.RESOURCE_EXHAUSTED, details: "1 nodes are known, no other is taken" });
    expect(tooManyStreams.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(tooManyStreams.details).toContain("2 streams are open");
  });

  it("is ended when the agent does not read what it is sent", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    await agent.next("helloAck");
    agent.stopReading();

    // Each report is refused in many words, which nobody reads.
    for (let round = 0; round < 2_000; round += 1) {
      agent.report(Array.from({ length: 8 }, (_, index) => observation({}, { sequence: 8 * round + index + 1, intervalMs: 1 })));
    }

    await eventually(async () => expect(await collector.metric(refusals("not_reading"))).toBe(1));
    expect((await collector.node("neko")).summary.isConnected).toBe(false);
  });
});

describe("an observation", () => {
  it("loses impossible values, which are counted and named, and keeps the rest", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();

    const hot = {
      kind: "disk_health",
      id: "nvme0n1",
      outcome: Outcome.OK,
      value: {
        case: "diskHealth",
        value: {
          modelName: "An SSD",
          serialNumber: "\u001b]0;owned\u0007",
          temperatureCelsius: 65_261.8,
          nvme: { availableSparePercent: 101, percentageUsed: 104 },
        },
      },
    } as const;
    agent.report([
      observation(
        {
          subjects: [hot, disk("x".repeat(300)), { ...disk("sda"), kind: "gpu_of_the_future" }],
          sampleKeys: [
            { kind: "disk_health", id: "nvme0n1", name: "temperature_celsius" },
            { kind: "disk_health", id: "nvme0n1", name: "percentage_used" },
            { kind: "disk_health", id: "nvme0n1", name: "DROP TABLE" },
          ],
        },
        { sampleValues: [-273.1, 104, 1] },
      ),
    ]);
    const ack = await agent.next("ack");

    expect(ack.ranges).toMatchObject([{ first: 1, last: 1 }]);
    expect(ack.rejections).toHaveLength(1);
    expect(ack.rejections[0]).toMatchObject({ sequence: 1, isWhole: false });
    const reason = ack.rejections[0]?.reason ?? "";
    expect(reason).toContain("disk_health/nvme0n1: serialNumber: a text of 10 bytes is too long (256) or not printable");
    expect(reason).toContain("disk_health/nvme0n1: temperatureCelsius: 65261.8 is not within -100 and 200");
    expect(reason).toContain("disk_health/nvme0n1: nvme: availableSparePercent: 101 is not within 0 and 100");
    expect(reason).toContain("subject 1: its id is not printable or longer than 256 bytes");
    expect(reason).toContain("subject 2: its kind is not one that this collector knows");
    expect(reason).toContain("disk_health/nvme0n1: temperature_celsius: -273.1 is not within -100 and 200");
    expect(reason).not.toContain("DROP TABLE");
    const node = await collector.node("neko");
    expect(node.subjects).toHaveLength(1);
    expect(node.subjects[0]?.value).toMatchObject({ modelName: "An SSD", nvme: { percentageUsed: 104 } });
    expect(node.subjects[0]?.value).not.toHaveProperty("temperatureCelsius");
    expect(node.subjects[0]?.samples).toEqual({ percentage_used: 104 });
    expect(await collector.metric('nodekeeper_collector_dropped_parts_total{reason="number_range"}')).toBe(2);
    expect(await collector.metric('nodekeeper_collector_dropped_parts_total{reason="sample_key"}')).toBe(1);
  });

  it.each([
    { name: "a probe that has no proper name", made: { probe: "Disks; rm -rf /" }, reason: "probe" },
    { name: "an interval of 1 ms", made: { intervalMs: 1 }, reason: "interval" },
    { name: "no outcome", made: { outcome: Outcome.UNSPECIFIED }, reason: "outcome" },
    { name: "ok without facts", made: { body: { case: undefined, value: undefined } }, reason: "body" },
    { name: "a hash of three bytes", made: { factsHash: Uint8Array.of(1, 2, 3) }, reason: "facts_hash" },
    { name: "an uptime that is not over yet", made: { uptimeMs: 10n ** 12n }, reason: "observed_time" },
    { name: "a year 200 000 000", made: { observedAtUnixMs: 2n ** 62n }, reason: "observed_time" },
  ])("is rejected whole for $name, and not asked for again", async ({ made, reason }) => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();

    agent.report([observation({ subjects: [disk("sda")] }, { sequence: 5, ...made }), observation({ subjects: [disk("sdb")] })]);
    const settled = await agent.next("ack");
    const committed = await agent.next("ack");

    expect(settled.ranges).toMatchObject([{ first: 5, last: 5 }]);
    expect(settled.rejections).toMatchObject([{ sequence: 5, isWhole: true }]);
    expect(committed.ranges).toMatchObject([{ first: 1, last: 1 }]);
    expect(collector.store.observations).toHaveLength(1);
    expect(await collector.metric(`nodekeeper_collector_rejections_total{reason="${reason}"}`)).toBe(1);
  });

  it("is answered once, though a report is sent again and again", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const message = toBinary(ConnectRequestSchema, {
      $typeName: "nodekeeper.v1.ConnectRequest",
      message: {
        case: "report",
        value: aReport([observation({ subjects: [disk("sda")] }), observation({ subjects: [disk("sda")] })]),
      },
    });

    for (let round = 0; round < 5; round += 1) agent.sendBytes(message);
    await eventually(async () =>
      expect(await collector.metric('nodekeeper_collector_observations_total{result="repeated"}')).toBe(9),
    );

    expect(collector.store.observations).toHaveLength(1);
  });
});

describe("a list", () => {
  const both = [disk("sda"), disk("sdb")];

  it.each([
    { name: "complete", after: [list("block_device", true)], expected: "absent" },
    { name: "incomplete", after: [list("block_device", false)], expected: "ok" },
    { name: "not there", after: [], expected: "ok" },
  ])("that lacks a disk and is $name makes it $expected", async ({ after, expected }) => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();

    agent.report([observation({ subjects: both, lists: [list("block_device", true)] })]);
    await agent.next("ack");
    agent.report([
      observation({ subjects: [disk("sda")], lists: after }, { sequence: 2, uptimeMs: 110_000n, factsHash: factsHash("2") }),
    ]);
    await agent.next("ack");

    const node = await collector.node("neko");
    expect(node.subjects.find((subject) => subject.id === "sdb")?.outcome).toBe(expected);
  });

  it("proves no absence when the disk that it lacks was dropped as malformed", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    agent.hello();
    const broken = { kind: "block_device", id: "sdb", outcome: Outcome.OK, value: { case: "memory", value: {} } } as const;

    agent.report([observation({ subjects: both, lists: [list("block_device", true)] })]);
    await agent.next("ack");
    agent.report([
      observation(
        { subjects: [disk("sda"), broken], lists: [list("block_device", true)] },
        { sequence: 2, uptimeMs: 110_000n, factsHash: factsHash("2") },
      ),
    ]);
    const ack = await agent.next("ack");

    expect(ack.rejections[0]?.reason).toBe("block_device/sdb: it says ok and carries memory instead of blockDevice");
    const node = await collector.node("neko");
    expect(node.subjects.find((subject) => subject.id === "sdb")?.outcome).toBe("ok");
    expect(node.lists).toMatchObject([{ kind: "block_device", isComplete: false, failure: { code: "PROTOCOL_VIOLATION" } }]);
  });
});

describe("a hello", () => {
  it("may name probes and capabilities that make no sense", async () => {
    await using collector = await aCollector();
    await using agent = connectAgent(collector.grpcAddress);
    const probes = ["disks", "'; DROP TABLE nodes", "", "UPPER"].map((name) => ({ name }));

    agent.send({ case: "hello", value: aHello({ probes, capabilities: ["x".repeat(10_000)] }) });

    expect(await agent.next("helloAck")).toMatchObject({ wireVersion: 1 });
  });
});
