/** Whoever speaks for a node must be it. Real sockets, a real collector, its own authority. */
import { status } from "@grpc/grpc-js";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { identityScene, machineA, machineB } from "./identity-scene.ts";

const oneDisk = { subjects: [disk("sda")], lists: [list("block_device", true)] };

describe("feature 5: a report for a node is accepted only from that node", () => {
  it("takes the reports of a machine that shows its credential", async () => {
    await using scene = await identityScene();
    await using agent = await scene.greeted(await scene.enrolled("neko"));

    agent.report([observation(oneDisk)]);
    await agent.next("ack");

    expect(scene.collector.store.observations.map(({ node }) => node)).toEqual(["neko"]);
    expect(scene.collector.store.nodes.get("neko")?.proof).toEqual({ state: "proven", by: "credential" });
  });

  it.each([
    { name: "no credential", change: () => undefined, expected: "IDENTITY_MISSING" },
    {
      name: "a credential that nobody gave out",
      change: () => `nkc_0123456789ab_${"A".repeat(43)}`,
      expected: "IDENTITY_REFUSED",
    },
    {
      name: "another's secret",
      change: (text: string) => `${text.slice(0, -43)}${"A".repeat(43)}`,
      expected: "IDENTITY_REFUSED",
    },
    { name: "nothing that is a credential", change: () => "admin", expected: "IDENTITY_REFUSED" },
    {
      name: "a token as if it were one of a cluster",
      change: () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
      expected: "IDENTITY_REFUSED",
    },
  ])("lets nobody in who shows $name", async ({ change, expected }) => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko");
    await using agent = scene.connect(change(credential));

    agent.hello();
    agent.report([observation(oneDisk)]);
    const end = await agent.ended;

    expect(end.code).toBe(status.UNAUTHENTICATED);
    expect(end.details).toContain(expected);
    expect(scene.collector.store.observations).toEqual([]);
    expect(scene.collector.store.nodes.has("neko")).toBe(false);
    expect(JSON.stringify(scene.collector.store.audit)).not.toContain(credential.slice(-43));
    expect(scene.collector.store.audit.at(-1)).toMatchObject({
      ...{ actor: { kind: "agent", name: "" }, action: "agent.connect", outcome: "refused" },
      ...{ target: { kind: "node", name: "neko" }, detail: expect.stringMatching(`^from 127.0.0.1, machine-id 1+: ${expected}`) },
    });
    const reason = expected.toLowerCase();
    expect(await scene.collector.metric(`nodekeeper_collector_stream_refusals_total{reason="${reason}"}`)).toBe(1);
  });

  it("does not let a machine speak for another, and says who tried at the node that was claimed", async () => {
    await using scene = await identityScene();
    await using neko = await scene.greeted(await scene.enrolled("neko"));
    const credential = await scene.enrolled("siberian", machineB);
    await using intruder = scene.connect(credential);

    intruder.hello({ nodeName: "neko", machineId: machineB });
    const end = await intruder.ended;
    neko.report([observation(oneDisk)]);
    await neko.next("ack");

    expect(end).toEqual({
      code: status.PERMISSION_DENIED,
      details: "IDENTITY_MISMATCH: the credential is of siberian, and the agent says it is neko",
    });
    expect(scene.collector.store.audit.at(-1)).toMatchObject({
      actor: { kind: "agent", name: "siberian" },
      target: { kind: "node", name: "neko" },
      outcome: "refused",
    });
    const finding = await eventually(async () => {
      const found = (await scene.collector.findings()).find(({ rule }) => rule === "agents-refused");
      expect(found?.state).toBe("firing");
      return found;
    });
    expect(finding).toMatchObject({ node: "neko", severity: "medium" });
    expect(finding?.text).toContain("proven to be siberian");
  });

  it("reads nothing before it knows who speaks, and holds nobody for long who says nothing", async () => {
    await using scene = await identityScene();
    await using agent = scene.connect(undefined);

    const beforeMs = performance.now();
    const end = await agent.ended;

    expect(end.code).toBe(status.UNAUTHENTICATED);
    expect(performance.now() - beforeMs).toBeLessThan(8_000); // who may be somebody has ten seconds for a hello
  });

  it("ends a stream whose Authenticate is for another node, and keeps one whose is for its own", async () => {
    await using scene = await identityScene();
    const own = await scene.enrolled("neko");
    const other = await scene.enrolled("siberian", machineB);
    await using agent = await scene.greeted(own);

    agent.send({ case: "authenticate", value: { $typeName: "nodekeeper.v1.Authenticate", credential: own } });
    agent.report([observation(oneDisk)]);
    await agent.next("ack");
    agent.send({ case: "authenticate", value: { $typeName: "nodekeeper.v1.Authenticate", credential: other } });
    const end = await agent.ended;

    expect(end.code).toBe(status.PERMISSION_DENIED);
    expect(scene.collector.store.audit.at(-1)).toMatchObject({
      action: "agent.authenticate",
      target: { kind: "node", name: "neko" },
      outcome: "refused",
    });
  });
});

describe("feature 5: the local door asks for no proof, and gives nobody a proven name", () => {
  it("takes an unproven agent under a name that nobody proved", async () => {
    await using scene = await identityScene();
    await using agent = scene.connectLocally();

    agent.hello({ nodeName: "laptop" });
    await agent.next("helloAck");

    await eventually(() => expect(scene.collector.store.nodes.has("laptop")).toBe(true));
    expect(scene.collector.store.nodes.get("laptop")?.proof).toBeUndefined();
  });

  it("does not let names that nobody proved keep a machine out that proves its own", async () => {
    await using scene = await identityScene({ limits: { maximumNodes: 1 } });
    await using laptop = scene.connectLocally();
    laptop.hello({ nodeName: "laptop" });
    await laptop.next("helloAck");

    await using neko = await scene.greeted(await scene.enrolled("neko"));
    await using siberian = scene.connect(await scene.enrolled("siberian", machineB));
    siberian.hello({ nodeName: "siberian", machineId: machineB });
    await using made = scene.connectLocally();
    made.hello({ nodeName: "made-up" });

    expect(neko.received.length).toBeGreaterThan(0);
    for (const other of [siberian, made]) expect((await other.ended).code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it("verifies a credential that is shown there", async () => {
    await using scene = await identityScene();
    await using good = scene.connectLocally(await scene.enrolled("neko"));
    await using bad = scene.connectLocally(`nkc_0123456789ab_${"A".repeat(43)}`);

    good.hello({ machineId: machineA });
    bad.hello({ nodeName: "laptop" });
    await good.next("helloAck");
    const end = await bad.ended;

    await eventually(() => expect(scene.collector.store.nodes.get("neko")?.proof?.state).toBe("proven"));
    expect(end.code).toBe(status.UNAUTHENTICATED);
  });

  it("does not take a name that has a credential, though the machine was never seen", async () => {
    await using scene = await identityScene();
    await scene.enrolled("neko");
    await using agent = scene.connectLocally();

    agent.hello({ nodeName: "neko" });
    const end = await agent.ended;

    expect(end.code).toBe(status.UNAUTHENTICATED);
    expect(end.details).toContain("IDENTITY_MISSING");
  });

  it("does not take a name that was proven before, also after a restart with a real store", async () => {
    await using folder = await temporaryFolder();
    const logger = createLogger("test", "silent");
    const openReal = (directory: string) => openStore({ directory, clock: systemClock, logger });
    {
      await using scene = await identityScene({ folder: folder.path, openStore: openReal });
      await using agent = await scene.greeted(await scene.enrolled("neko"));
      agent.report([observation(oneDisk)]);
      await agent.next("ack");
      await scene.admin("DELETE", "/api/v1/credentials/neko");
    }

    await using scene = await identityScene({ folder: folder.path, openStore: openReal });
    await using agent = scene.connectLocally();
    agent.hello({ nodeName: "neko", machineId: machineA });
    const end = await agent.ended;

    expect((await scene.vault()).credentials).toEqual([]);
    expect(end.code).toBe(status.UNAUTHENTICATED);
  });

  it("gives a name back to the machine that proves it", async () => {
    await using scene = await identityScene();
    await using unproven = scene.connectLocally();
    unproven.hello({ nodeName: "neko", machineId: machineB });
    await unproven.next("helloAck");

    await using proven = await scene.greeted(await scene.enrolled("neko"));
    const end = await unproven.ended;

    expect(end.code).toBe(status.ABORTED);
    expect(proven.received.length).toBeGreaterThan(0);
  });
});
