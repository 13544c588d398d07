import { AppError } from "@nodekeeper/shared";
import type { DecisionRequest, Finding } from "@nodekeeper/shared/api";
import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { AttentionScene, worn } from "./test-support/attention-scene.ts";

const hourMs = 3_600_000;
const acknowledged: DecisionRequest = { kind: "acknowledge", finding: "worn", reason: "a new one is ordered" };
const advice = (changes: Partial<Finding> = {}): Finding => worn(80, { id: "advice", severity: "low", ...changes });
const full = (node: string, id: string): Finding => ({
  ...worn(0, { id, rule: "disk-nearly-full", node }),
  subject: { kind: "filesystem", id: "/" },
});

describe("feature 78: acknowledge, mute and maintenance: an acknowledgement", () => {
  it("sets its finding aside and nothing else, and is on the disk when it is answered", async () => {
    const scene = await AttentionScene.of(worn(100), worn(100, { id: "other", subject: { kind: "disk_health", id: "eui.2" } }));

    const made = await scene.decide(acknowledged);

    expect(made).toMatchObject({
      kind: "acknowledge",
      by: "mika",
      reason: "a new one is ordered",
      seen: { severity: "medium", level: 100 },
    });
    expect([scene.standing("worn"), scene.standing("other")]).toEqual(["acknowledge, set aside", "loud"]);
    expect(scene.told).toEqual([["worn"]]);
    expect([...(scene.store.documentsByKind.get("attention")?.keys() ?? [])]).toEqual([made.id]);
    await scene.stop();
  });

  it.each([
    { name: "more of it", worse: worn(110), why: "percentage_used 110 is above 100" },
    { name: "a louder severity", worse: worn(100, { severity: "high" }), why: "its severity is high, and was medium" },
  ])("ends for good by $name, in the audit of the collector", async ({ worse, why }) => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide(acknowledged);

    scene.put(worse);
    const then = scene.standing("worn");
    scene.put(worn(100));
    await settle();

    expect([then, scene.standing("worn")]).toEqual(["loud", "loud"]);
    expect(scene.attention.decisions()).toEqual([]);
    expect(scene.store.documentsByKind.get("attention")?.size).toBe(0);
    expect(scene.ended()).toEqual([`acknowledgement of mika ended: ${why}; disk-worn of neko (disk_health eui.1)`]);
    expect(scene.store.audit[0]).toMatchObject({ action: "decision.end", target: { kind: "node", name: "neko" } });
    await scene.stop();
  });

  it("that was made longer ends as a whole when it gets worse, and does not come back with what was", async () => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide({ ...acknowledged, forSeconds: 3600 });
    await scene.decide(acknowledged);
    scene.put(worn(110));
    scene.put(worn(100));
    await settle();

    expect(scene.standing("worn")).toBe("loud");
    expect(scene.attention.decisions()).toEqual([]);
    expect(scene.ended()).toHaveLength(2);
    await scene.stop();
  });

  it("stands while it is as bad, or better, or held", async () => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide(acknowledged);

    const standings = [worn(100), worn(90), worn(100, { severity: "low" }), worn(100, { isHeld: true })].map((finding) => {
      scene.put(finding);
      return scene.standing("worn");
    });

    expect(standings).toEqual(Array(4).fill("acknowledge, set aside"));
    await scene.stop();
  });

  it("ends with the finding, which is told as it was to the end; the next one is another", async () => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide(acknowledged);
    const last: unknown[] = [];
    scene.attention.findings.subscribe((changed) =>
      last.push(...changed.map(({ id, attention }) => [id, attention?.isSetAside])),
    );

    scene.put(worn(100, { state: "resolved", resolvedAt: "2026-11-23T10:00:00.000Z" }));
    scene.put(worn(100, { id: "again" }));
    await settle();

    expect(last).toEqual([
      ["worn", true],
      ["again", undefined],
    ]);
    expect(scene.ended()).toEqual([
      "acknowledgement of mika ended: the finding is resolved; disk-worn of neko (disk_health eui.1)",
    ]);
    await scene.stop();
  });

  it("is ended by a person, and then nobody writes that it ended by itself", async () => {
    const scene = await AttentionScene.of(worn(100));
    const { id } = await scene.decide(acknowledged);

    const ended = await scene.attention.end(id);

    expect(ended.id).toBe(id);
    expect(scene.standing("worn")).toBe("loud");
    expect(scene.told).toEqual([["worn"], ["worn"]]);
    await expect(scene.attention.end(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(scene.ended()).toEqual([]);
    await scene.stop();
  });
});

describe("accepted advice", () => {
  it("stays accepted however often it comes, and never where it grows louder", async () => {
    const scene = await AttentionScene.of(advice());
    await scene.decide({ kind: "accept", finding: "advice" });
    scene.put(advice({ state: "resolved", resolvedAt: "2026-11-23T10:00:00.000Z" }));
    scene.put(advice({ id: "again" }));
    const again = scene.standing("again");
    scene.put(advice({ id: "again", severity: "medium" }));

    expect([again, scene.standing("again")]).toEqual(["accept, set aside", "loud"]);
    expect(scene.attention.decisions()).toHaveLength(1);
    await scene.stop();
  });
});

describe("a mute", () => {
  it("is of what it says, does not set aside, and ends by the clock, of which exactly its findings are told", async () => {
    const scene = await AttentionScene.of(worn(100), full("neko", "a"), full("bobcat", "b"));
    await scene.decide({ kind: "mute", scope: { rule: "disk-nearly-full" }, forSeconds: 3600 });
    const during = ["worn", "a", "b"].map((id) => scene.standing(id));
    await scene.advance(hourMs - 1);
    const before = scene.told.length;
    await scene.advance(1);

    expect(during).toEqual(["loud", "mute", "mute"]);
    expect([before, scene.told]).toEqual([
      1,
      [
        ["a", "b"],
        ["a", "b"],
      ],
    ]);
    expect(["worn", "a", "b"].map((id) => scene.standing(id))).toEqual(["loud", "loud", "loud"]);
    expect(scene.ended()).toEqual(["mute of mika ended: its time is over; disk-nearly-full of all nodes"]);
    await scene.stop();
  });
});

describe("maintenance", () => {
  it("begins when it is to begin, is told with its nodes, is of the cluster's findings about the node, too, and ends", async () => {
    const ofCluster = worn(1, { id: "c", rule: "etcd-quorum", node: "", subject: { kind: "node", id: "neko" } });
    const scene = await AttentionScene.of(worn(100), ofCluster, full("bobcat", "b"));
    const startsAt = new Date(scene.clock.wallMs() + hourMs).toISOString();
    await scene.decide({ kind: "maintenance", scope: { node: "neko" }, startsAt, forSeconds: 7200 });
    const early = [scene.standing("worn"), scene.attention.isInMaintenance("neko")];
    await scene.advance(hourMs);
    const during = ["worn", "c", "b"].map((id) => scene.standing(id));
    const is = scene.nodes.map((node) => scene.attention.isInMaintenance(node));
    await scene.advance(2 * hourMs);

    expect(early).toEqual(["loud", false]);
    expect(during).toEqual(["maintenance", "maintenance", "loud"]);
    expect(is).toEqual([true, false]);
    expect(scene.attention.isInMaintenance("neko")).toBe(false);
    expect(scene.maintenance).toEqual([["neko"], ["neko"]]);
    await scene.stop();
  });

  it("of everything is of every node", async () => {
    const scene = await AttentionScene.of();
    await scene.decide({ kind: "maintenance", scope: {}, forSeconds: 60 });

    expect(scene.attention.isInMaintenance("anything")).toBe(true);
    expect(scene.maintenance).toEqual([["neko", "bobcat"]]);
    await scene.stop();
  });
});

describe("what cannot be decided", () => {
  it.each<{ name: string; wanted: DecisionRequest; code: string; message: RegExp }>([
    {
      name: "neither a finding nor a scope",
      wanted: { kind: "mute", forSeconds: 60 },
      code: "REQUEST_INVALID",
      message: /either/,
    },
    {
      name: "a finding that is not open",
      wanted: { kind: "acknowledge", finding: "x" },
      code: "NOT_FOUND",
      message: /no open finding/,
    },
    {
      name: "to acknowledge a scope",
      wanted: { kind: "acknowledge", scope: {} },
      code: "REQUEST_INVALID",
      message: /one finding/,
    },
    { name: "a mute without an end", wanted: { kind: "mute", scope: {} }, code: "REQUEST_INVALID", message: /needs an end/ },
    {
      name: "to accept what is no advice",
      wanted: { kind: "accept", finding: "worn" },
      code: "REQUEST_INVALID",
      message: /medium severity/,
    },
    { name: "to accept everything", wanted: { kind: "accept", scope: {} }, code: "REQUEST_INVALID", message: /one rule/ },
    {
      name: "maintenance of a rule",
      wanted: { kind: "maintenance", scope: { rule: "disk-worn" }, forSeconds: 60 },
      ...{ code: "REQUEST_INVALID", message: /about a node/ },
    },
    {
      name: "a node that nobody knows",
      wanted: { kind: "maintenance", scope: { node: "neku" }, forSeconds: 60 },
      ...{ code: "NOT_FOUND", message: /did you mean "neko"/ },
    },
    {
      name: "a rule that nobody knows",
      wanted: { kind: "mute", scope: { rule: "disk-wurn" }, forSeconds: 60 },
      ...{ code: "NOT_FOUND", message: /did you mean "disk-worn"/ },
    },
    {
      name: "a mute that begins later",
      wanted: { kind: "mute", scope: {}, forSeconds: 60, startsAt: "2026-11-24T00:00:00.000Z" },
      ...{ code: "REQUEST_INVALID", message: /only maintenance/ },
    },
  ])("is $name", async ({ wanted, code, message }) => {
    const scene = await AttentionScene.of(worn(100));

    await expect(scene.decide(wanted)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(scene.attention.decisions()).toEqual([]);
    await scene.stop();
  });

  it("is what holds already; what lasts longer is another", async () => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide(acknowledged);
    await scene.decide({ kind: "mute", scope: { node: "neko" }, forSeconds: 600 });

    await expect(scene.decide(acknowledged, "jo")).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/^mika decided so already/),
    });
    await expect(scene.decide({ kind: "mute", scope: { node: "neko" }, forSeconds: 60 })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await scene.decide({ kind: "mute", scope: { node: "neko" }, forSeconds: 6000 });
    expect(scene.attention.decisions()).toHaveLength(3);
    await scene.stop();
  });
});

describe("a store that does not write", () => {
  it("has nothing decided, and what ended meanwhile is written when it does", async () => {
    const scene = await AttentionScene.of(worn(100));
    await scene.decide(acknowledged);
    scene.store.fail(new AppError("STORE_FULL", "the disk is full"));

    await expect(scene.decide({ kind: "mute", scope: {}, forSeconds: 60 })).rejects.toMatchObject({ code: "STORE_FULL" });
    scene.put(worn(120));
    await scene.advance(60_000);
    const meanwhile = [scene.standing("worn"), scene.store.documentsByKind.get("attention")?.size];
    scene.store.fail(undefined);
    await scene.advance(60_000);

    expect(meanwhile).toEqual(["loud", 1]);
    expect(scene.store.documentsByKind.get("attention")?.size).toBe(0);
    expect(scene.ended()).toHaveLength(1);
    await scene.stop();
  });
});

describe("a restart", () => {
  it("ends what is over by then, leaves out what is damaged, and keeps the rest", async () => {
    const scene = await AttentionScene.of(worn(100), advice());
    await scene.decide(acknowledged);
    await scene.decide({ kind: "accept", finding: "advice" });
    await scene.store.saveDocuments("attention", [{ id: "bad", changedAtMs: 0, body: { decision: { id: "bad" } } }], []);
    await scene.restart();
    const first = [scene.standing("worn"), scene.standing("advice")];
    scene.source.put(worn(100, { state: "resolved" }));
    await scene.restart();

    expect(first).toEqual(["acknowledge, set aside", "accept, set aside"]);
    expect(scene.attention.decisions().map(({ kind }) => kind)).toEqual(["accept"]);
    await scene.stop();
  });
});
