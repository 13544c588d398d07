/** The authority rotates and certificates are renewed, and no agent that is connected notices anything but being told. */
import { X509Certificate } from "node:crypto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import { certificateLifetimeMs, graceMs } from "../../collector/src/tls/rotation.ts";
import type { FakeAgent } from "../fakes/fake-agent.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import {
  aPublicCollector,
  authoritiesIn,
  connectByTls,
  enrolled,
  enrollIn,
  type PublicCollector,
  shakeHands,
} from "./public-collector.ts";

const dayMs = 24 * 3_600_000;

describe("feature 7: credential rotation with no downtime", () => {
  it("renews its certificate while streams stay open", async () => {
    await using folder = await temporaryFolder();
    await enrollIn(folder.path);
    const clock = new FakeClock(Date.now() - 20 * dayMs);
    await using collector = await aPublicCollector({ dataDir: folder.path, clock });
    const [authority] = await authoritiesIn(folder.path);
    const trusted = [authority?.certificate ?? ""];
    await using agent = await aConnectedAgent(collector, trusted);
    const before = await fingerprint(collector, trusted);

    clock.jumpWall(20 * dayMs);
    const after = await eventually(async () => {
      await clock.advance(60_000);
      const now = await fingerprint(collector, trusted);
      expect(now).not.toBe(before);
      return now;
    });

    await expectAcknowledged(agent, 1);
    expect(await authoritiesIn(folder.path)).toEqual([authority]);
    await clock.advance(600_000);
    expect(await fingerprint(collector, trusted)).toBe(after);
  });

  it("brings in a new authority without losing an agent that trusted only the old one when it began", async () => {
    await using folder = await temporaryFolder();
    await enrollIn(folder.path);
    const clock = new FakeClock(Date.now() - 20 * dayMs);
    await using stack = new AsyncDisposableStack();
    let collector = stack.use(await aPublicCollector({ dataDir: folder.path, clock }));
    const [old] = await authoritiesIn(folder.path);
    const oldOnly = [old?.certificate ?? ""];
    const first = await aConnectedAgent(collector, oldOnly);
    expect((await first.next("trust")).caCertificates).toHaveLength(1);

    // It begins: everybody hears of both, the old one signs.
    await collector.authority?.rotate({ isImmediate: false });
    const both = (await first.next("trust")).caCertificates;
    expect(both).toHaveLength(2);
    await expectTrusted(collector, oldOnly);
    await expect(collector.authority?.rotate({ isImmediate: false })).rejects.toMatchObject({ code: "CONFLICT" });
    await expectAcknowledged(first, 1);
    await first[Symbol.asyncDispose]();

    // The collector restarts in the middle, and goes on where it was.
    await collector[Symbol.asyncDispose]();
    collector = stack.use(await aPublicCollector({ dataDir: folder.path, clock }));
    await expectTrusted(collector, oldOnly);
    await using agent = await aConnectedAgent(collector, both, "epoch-2");
    expect((await agent.next("trust")).caCertificates).toHaveLength(2);

    // The new one signs: who heard of it comes in, who did not does not, and the open stream goes on.
    const newOnly = [
      (await authoritiesIn(folder.path)).find(({ certificate }) => certificate !== old?.certificate)?.certificate ?? "",
    ];
    clock.jumpWall(graceMs);
    await eventually(async () => {
      await clock.advance(60_000);
      await expectTrusted(collector, newOnly);
    });
    await expectTrusted(collector, both);
    await expect(expectTrusted(collector, oldOnly)).rejects.toMatchObject({
      code: expect.stringMatching(/SIGNATURE|ISSUER|SELF_SIGNED/),
    });
    await expectAcknowledged(agent, 1);

    // The old one is dropped when nothing that it signed can be around.
    clock.jumpWall(certificateLifetimeMs + dayMs);
    await eventually(async () => {
      await clock.advance(60_000);
      expect((await authoritiesIn(folder.path)).map(({ certificate }) => certificate)).toEqual(newOnly);
    });
    await eventually(() => expect(lastTrust(agent)).toHaveLength(1));
    await expectAcknowledged(agent, 2);
  });

  it("lets the new authority sign at once when it is told so, also when it waits already", async () => {
    await using folder = await temporaryFolder();
    await enrollIn(folder.path);
    await using collector = await aPublicCollector({ dataDir: folder.path });
    const [old] = await authoritiesIn(folder.path);
    await using agent = await aConnectedAgent(collector, [old?.certificate ?? ""]);
    await agent.next("trust");

    await collector.authority?.rotate({ isImmediate: false });
    await collector.authority?.rotate({ isImmediate: true });

    const { caCertificates } = await agent.next("trust");
    expect(caCertificates).toHaveLength(2);
    await expectTrusted(collector, caCertificates);
    await expect(expectTrusted(collector, [old?.certificate ?? ""])).rejects.toThrow();
    await expectAcknowledged(agent, 1);
  });
});

async function aConnectedAgent(
  collector: PublicCollector,
  trusted: readonly (string | Uint8Array)[],
  epoch = "epoch-1",
): Promise<FakeAgent> {
  const agent = connectByTls(collector.publicGrpcAddress, trusted);
  agent.hello({ nodeName: enrolled.node, epoch });
  await agent.next("helloAck");
  return agent;
}

/** The stream is as alive as it was. */
async function expectAcknowledged(agent: FakeAgent, sequence: number): Promise<void> {
  agent.report([observation({ subjects: [] }, { sequence })]);
  const { ranges } = await agent.next("ack");
  expect(ranges.some(({ first, last }) => first <= sequence && sequence <= last)).toBe(true);
}

async function fingerprint(collector: PublicCollector, trusted: readonly (string | Uint8Array)[]): Promise<string> {
  const seen = await handshake(collector, trusted);
  return seen.certificate?.fingerprint256 ?? "";
}

async function expectTrusted(collector: PublicCollector, trusted: readonly (string | Uint8Array)[]): Promise<void> {
  await handshake(collector, trusted);
}

function handshake(collector: PublicCollector, trusted: readonly (string | Uint8Array)[]) {
  const ca = trusted.map((each) => new X509Certificate(each).toString());
  return shakeHands(collector.publicGrpcAddress, { ca, servername: "nodekeeper-collector" });
}

function lastTrust(agent: FakeAgent): readonly Uint8Array[] {
  const last = agent.received.findLast(({ message }) => message.case === "trust")?.message;
  return last?.case === "trust" ? last.value.caCertificates : [];
}
