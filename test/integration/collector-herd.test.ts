/** Many agents at once: who is greeted, who is asked to come back, and what a store that stalls does to their number. */
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { disk, observation } from "../../collector/src/test-support/observations.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { anAgentFolder } from "./agent-under-test.ts";
import { aCollector, type CollectorUnderTest, eventually } from "./collector-under-test.ts";

const open: FakeAgent[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent[Symbol.asyncDispose]()));
});

/** Agents of their own machines, all of which say hello at once. */
function herd(collector: CollectorUnderTest, count: number, from = 0): readonly FakeAgent[] {
  return Array.from({ length: count }, (_, index) => {
    const agent = connectAgent(collector.grpcAddress);
    open.push(agent);
    const name = `node-${from + index}`;
    agent.hello({ nodeName: name, machineId: String(from + index).padStart(32, "0"), epoch: `epoch-of-${name}` });
    return agent;
  });
}

function wasTold(agent: FakeAgent, kind: "helloAck" | "reconnect"): boolean {
  return agent.received.some(({ message }) => message.case === kind);
}

function acknowledgedOf(agent: FakeAgent): readonly number[] {
  return agent.received.flatMap(({ message }) =>
    message.case === "ack"
      ? message.value.ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
      : [],
  );
}

describe("feature 12: a herd", () => {
  it("is greeted by and by, and those who would wait too long are asked to come back, each at a time of its own", async () => {
    await using collector = await aCollector({ limits: { maximumNewcomers: 2, maximumWaitMs: 100 } });

    const agents = herd(collector, 60);
    const settled = new Set<FakeAgent>();
    await eventually(() => {
      for (const agent of agents) {
        if (!wasTold(agent, "helloAck") || settled.has(agent)) continue;
        agent.report([observation({ subjects: [disk("sda")] })]);
        settled.add(agent);
      }
      expect(agents.filter((agent) => !wasTold(agent, "helloAck") && !wasTold(agent, "reconnect"))).toEqual([]);
    });

    const away = agents.filter((agent) => wasTold(agent, "reconnect"));
    const times = await Promise.all(away.map(async (agent) => (await agent.next("reconnect")).afterMs));
    expect(away.length).toBeGreaterThan(5); // how many depends on how quick the machine is
    expect(away.length).toBeLessThan(59);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000);
    expect((await Promise.all(away.map((agent) => agent.ended))).every(({ code }) => code === status.OK)).toBe(true);
    const refusals = await collector.metric('nodekeeper_collector_stream_refusals_total{reason="sent_away"}');
    expect(refusals).toBe(away.length);
  });

  it("does not hold up an agent that is connected", async () => {
    await using collector = await aCollector({ limits: { maximumNewcomers: 2, maximumWaitMs: 100 } });
    const [connected] = herd(collector, 1, 1_000);
    if (connected === undefined) throw new Error("there is no agent");
    await connected.next("helloAck");
    herd(collector, 60);

    connected.report([observation({ subjects: [disk("sda")] })]);
    await connected.next("ack");

    expect(acknowledgedOf(connected)).toEqual([1]);
  });
});

describe("a store that stalls under many agents", () => {
  it("makes all of them wait, takes no more than its queue holds, and loses nothing", async () => {
    const [agentCount, each, maximumItems] = [50, 40, 100];
    const store = new FakeStore();
    await using collector = await aCollector({ store, limits: { maximumItems } });
    const agents = herd(collector, agentCount);
    await Promise.all(agents.map((agent) => agent.next("helloAck")));
    const release = store.block();

    for (let sequence = 1; sequence <= each; sequence += 1) {
      for (const agent of agents)
        agent.report([observation({ subjects: [disk("sda")] }, { sequence, uptimeMs: 100_000n + BigInt(sequence) })]);
    }
    await eventually(async () => expect(await collector.metric("nodekeeper_collector_is_listening")).toBe(0));
    const queued = await collector.metric("nodekeeper_collector_queued_observations");
    const whileStalled = agents.flatMap(acknowledgedOf);
    release();
    await eventually(() => expect(agents.flatMap(acknowledgedOf)).toHaveLength(agentCount * each));

    expect(queued).toBe(maximumItems);
    expect(whileStalled).toEqual([]);
    const kept = store.observations.map(({ node, observation: { sequence } }) => `${node} ${sequence}`);
    expect(new Set(kept).size).toBe(agentCount * each);
    expect(kept).toHaveLength(agentCount * each);
  });
});

describe("feature 12: intervals set by the collector", { timeout: 60_000 }, () => {
  it("are those at which a real agent runs its probes, within their bounds", async () => {
    await using collector = await aCollector({ args: ["--interval=system=7s", "--interval=network=1s"] });
    await using folder = await anAgentFolder();
    folder.agent("run", ...folder.to(collector.grpcAddress)).start();

    const intervals = await waitUntil("both probes at their new intervals; network cannot run more often", 40_000, async () => {
      const { probes } = await collector.node("under-test").catch(() => ({ probes: [] })); // it is not known yet
      const byName = new Map(probes.map(({ name, intervalMs }) => [name, intervalMs]));
      return byName.get("system") === 7_000 && byName.get("network") === 5_000 ? byName : undefined;
    });

    expect(intervals.get("disks")).toBe(60_000);
  });
});
