/** Agents that say who they are in a tailnet are told whom to watch there, over a real socket. */
import { type Observation, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector } from "./collector-under-test.ts";

function tailscale(stableId: string, sequence = 1): Observation {
  const value = { case: "tailscale" as const, value: { backendState: "Running", stableId, tailnet: "home.example" } };
  return observation({ subjects: [{ kind: "tailscale", outcome: Outcome.OK, value }] }, { probe: "tailscale", sequence });
}

async function greet(agent: FakeAgent, name: string): Promise<void> {
  agent.hello({ nodeName: name, machineId: name.padEnd(32, "0").replaceAll(/[^0-9a-f]/g, "0") });
  await agent.next("helloAck");
}

/** The first peers that it is told; none before that says only that the other was not there yet. */
async function firstPeers(agent: FakeAgent): Promise<readonly string[]> {
  for (;;) {
    const { peerIds } = await agent.next("watchPeers");
    if (peerIds.length > 0) return peerIds;
  }
}

describe("a collector with agents in one tailnet", () => {
  it("names each of them to the other once both have said who they are, and after the HelloAck of the next stream", async () => {
    await using collector = await aCollector();
    await using neko = connectAgent(collector.grpcAddress);
    await using bobcat = connectAgent(collector.grpcAddress);
    await greet(neko, "neko");
    await greet(bobcat, "bobcat");
    neko.report([tailscale("nNeko11CNTRL")]);
    bobcat.report([tailscale("nBobcat11CNTRL")]);

    const told = [await firstPeers(neko), await firstPeers(bobcat)];
    await using again = connectAgent(collector.grpcAddress);
    await greet(again, "neko");
    const toldAgain = await again.next("watchPeers");

    expect(told).toEqual([["nBobcat11CNTRL"], ["nNeko11CNTRL"]]);
    expect(toldAgain.peerIds).toEqual(["nBobcat11CNTRL"]);
    expect(again.received.map(({ message }) => message.case)).toEqual(["helloAck", "watchPeers"]);
  });

  it("says nothing of peers to an agent without Tailscale, nor after the first time while nothing changes", async () => {
    await using collector = await aCollector();
    await using neko = connectAgent(collector.grpcAddress);
    await using panther = connectAgent(collector.grpcAddress);
    await greet(neko, "neko");
    await greet(panther, "panther");
    panther.report([observation({}, { probe: "tailscale", outcome: Outcome.ABSENT, body: { case: undefined } })]);
    neko.report([tailscale("nNeko11CNTRL")]);
    const { peerIds } = await neko.next("watchPeers");
    neko.report([tailscale("nNeko11CNTRL", 2)]);
    await neko.next("ack");
    await neko.next("ack");

    expect(peerIds).toEqual([]);
    for (const [agent, count] of [
      [neko, 1],
      [panther, 0],
    ] as const) {
      expect(agent.received.filter(({ message }) => message.case === "watchPeers")).toHaveLength(count);
    }
  });
});
