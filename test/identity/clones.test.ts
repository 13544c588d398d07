/** One identity at two places at once. */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { type IdentityScene, identityScene, machineA, machineB } from "./identity-scene.ts";

const otherBoot = "33333333-3333-3333-3333-333333333333";

async function clonedFinding(scene: IdentityScene, node: string): Promise<string> {
  return eventually(async () => {
    const found = (await scene.collector.findings()).find((each) => each.rule === "identity-cloned" && each.node === node);
    expect(found?.state).toBe("firing");
    return found?.text ?? "";
  });
}

describe("feature 8: cloned identity is noticed", () => {
  it("refuses a credential on another machine than the one that was enrolled, and names both", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko", machineA);
    await using first = await scene.greeted(credential);
    await using copy = scene.connect(credential);

    copy.hello({ machineId: machineB });
    const end = await copy.ended;
    first.report([observation({})]);
    await first.next("ack");

    expect(end.code).toBe(status.ALREADY_EXISTS);
    expect(end.details).toContain("IDENTITY_CLONED");
    const { detail, target } = scene.collector.store.audit.at(-1) ?? {};
    expect(target).toEqual({ kind: "node", name: "neko" });
    expect(detail).toContain(machineA);
    expect(detail).toContain(machineB);
    expect(await clonedFinding(scene, "neko")).toContain(machineB);
  });

  it("refuses it also while the first is away: its disk was copied", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko", machineA);
    await using copy = scene.connect(credential);

    copy.hello({ machineId: machineB });

    expect((await copy.ended).code).toBe(status.ALREADY_EXISTS);
    expect(scene.collector.store.nodes.has("neko")).toBe(false);
  });

  it("lets the first stay when a copy of the whole machine comes, and says so when the first is heard after it", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko");
    await using first = await scene.greeted(credential);
    await using copy = scene.connect(credential);
    copy.hello({ machineId: machineA, bootId: otherBoot });
    const end = await copy.ended;
    const auditBefore = scene.collector.store.audit.filter(({ outcome }) => outcome === "refused");

    await new Promise((resolve) => setTimeout(resolve, 1_100));
    first.report([observation({})]);
    await first.next("ack");

    expect(end.code).toBe(status.ALREADY_EXISTS);
    expect(auditBefore).toEqual([]);
    const text = await clonedFinding(scene, "neko");
    expect(text).toContain(otherBoot);
    expect(text).toContain("22222222-2222-2222-2222-222222222222");
    await eventually(() => {
      const refusals = scene.collector.store.audit.filter(({ outcome }) => outcome === "refused");
      expect(refusals).toMatchObject([{ target: { kind: "node", name: "neko" }, detail: expect.stringContaining(otherBoot) }]);
    });
  });

  it("takes a machine that was restarted without a word for no clone, once its old stream is gone", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko");
    const crashed = await scene.greeted(credential);
    await using early = scene.connect(credential);
    early.hello({ machineId: machineA, bootId: otherBoot });
    const end = await early.ended;

    crashed.vanish();
    await eventually(async () => {
      const node = await scene.collector.node("neko");
      expect(node.summary.isConnected).toBe(false);
    });
    await using restarted = await scene.greeted(credential, { bootId: otherBoot });

    expect(end.code).toBe(status.ALREADY_EXISTS);
    expect(restarted.received.length).toBeGreaterThan(0);
    expect((await scene.collector.findings()).map(({ rule }) => rule)).not.toContain("identity-cloned");
  });

  it("lets a machine replace its own stream after a change of its network", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko");
    await using older = await scene.greeted(credential);

    await using newer = await scene.greeted(credential);

    expect((await older.ended).code).toBe(status.ABORTED);
    newer.report([observation({})]);
    await newer.next("ack");
  });

  it("takes two machines with one machine-id that each prove a name of their own, and says that they are copies", async () => {
    await using scene = await identityScene();
    await using first = await scene.greeted(await scene.enrolled("neko"));
    await using second = await scene.greeted(await scene.enrolled("siberian"), { nodeName: "siberian", bootId: otherBoot });

    second.report([observation({})]);
    await second.next("ack");

    expect(first.received.length).toBeGreaterThan(0);
    expect(await clonedFinding(scene, "neko")).toContain("siberian");
    expect(await clonedFinding(scene, "siberian")).toContain("neko");
  });

  it("does not take two agents on one machine for copies", async () => {
    await using scene = await identityScene();
    await using first = await scene.greeted(await scene.enrolled("neko"));
    await using second = await scene.greeted(await scene.enrolled("siberian"), { nodeName: "siberian" });
    first.report([observation({})]);
    await first.next("ack");
    second.report([observation({})]);
    await second.next("ack");

    expect((await scene.collector.findings()).filter(({ rule }) => rule === "identity-cloned")).toEqual([]);
  });

  it("audits a clone that tries again and again once a minute, not each time", async () => {
    await using scene = await identityScene();
    const credential = await scene.enrolled("neko", machineA);
    for (let round = 0; round < 20; round += 1) {
      await using copy = scene.connect(credential);
      copy.hello({ machineId: machineB });
      await copy.ended;
    }

    expect(scene.collector.store.audit.filter(({ outcome }) => outcome === "refused")).toHaveLength(1);
    expect(await scene.collector.metric('nodekeeper_collector_stream_refusals_total{reason="identity_cloned"}')).toBe(20);
  });
});
