/** What steps wait for, seen on the cluster: approval, modes, people's wishes, the guard, the brake. */
import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Operation } from "../reconciler.ts";
import { aPolicy, minuteMs, ReconcileScene, type ToldDisks } from "../test-support/reconcile-scene.ts";
import { grantOf } from "./grants.ts";

const planned = aPolicy(["a", "b"], { modes: { describe: "enforce", restrict: "plan", move: "plan" }, hash: "planned" });
const never = new AbortController().signal;
const all = (operation: Operation): Operation => operation;

/** Nodes of which each has the label d/a. */
async function labelled(names: readonly string[], disks: ToldDisks = { a: "ssd" }): Promise<ReconcileScene> {
  const scene = await ReconcileScene.of(names);
  for (const name of names) scene.tell(name, disks);
  await scene.settle();
  await scene.advance(10_000);
  return scene;
}

/** Time passes, and the agents say the same each minute. */
async function live(scene: ReconcileScene, minutes: number, disks: ToldDisks): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    for (const name of scene.nodes.live.keys()) scene.tell(name, disks);
    await scene.advance(minuteMs);
  }
}

function without(scene: ReconcileScene, label: string): readonly string[] {
  return [...scene.nodes.live.values()].filter(({ labels }) => labels[label] === undefined).map(({ name }) => name);
}

describe("approval", () => {
  it("is waited for with the whole first plan, and then nothing more is asked", async () => {
    const scene = new ReconcileScene();
    scene.setDecisions({ approval: undefined, overrides: [] });
    scene.nodes.add("neko");
    scene.connect("neko");
    await scene.start();
    scene.tell("neko", { a: "ssd" });
    await scene.settle();
    const before = { waiting: scene.waiting("neko"), requests: [...scene.nodes.requests], labels: scene.nodes.labels("neko") };

    scene.setDecisions({ approval: { planHash: "1", by: "jochen", atMs: 0 }, overrides: [] });
    await scene.settle();

    expect(before).toEqual({ waiting: ["set d/a: approval"], requests: [], labels: {} });
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("is waited for while decisions could not be read", async () => {
    const scene = new ReconcileScene();
    scene.setDecisions(undefined);
    scene.nodes.add("neko");
    scene.connect("neko");
    await scene.start();
    scene.tell("neko", { a: "ssd" });
    await scene.advance(minuteMs);

    expect(scene.waiting("neko")).toEqual(["set d/a: cluster"]);
    expect(scene.nodes.requests).toEqual([]);
    await scene.stop();
  });
});

describe("a mode", () => {
  it("of plan shows a removal, and a grant lets exactly it go, once", async () => {
    const scene = await labelled(["neko"]);
    scene.setPolicy(planned);
    await live(scene, 20, {});
    const waiting = scene.waiting("neko");
    const step = {
      reconciler: "node-labels",
      node: "neko",
      item: "d/a",
      kind: "remove" as const,
      class: "restrict" as const,
      why: "",
    };

    scene.controller.grant([{ ...step, before: "another" }]);
    await scene.advance(2_000);
    const afterOther = scene.nodes.labels("neko");
    scene.controller.grant([{ ...step, before: "ssd" }]);
    await scene.advance(2_000);
    const afterGrant = scene.nodes.labels("neko");
    await live(scene, 1, { a: "ssd" });
    await live(scene, 20, {});

    expect(waiting).toEqual(["remove d/a: mode"]);
    expect(afterOther).toEqual({ "d/a": "ssd" });
    expect(afterGrant).toEqual({});
    expect(scene.waiting("neko")).toEqual(["remove d/a: mode"]);
    await scene.stop();
  });

  it("of plan lets a granted step wait out its dwell, and forgets the grant where the step is not to be done any more", async () => {
    const scene = await labelled(["neko"]);
    scene.setPolicy(planned);
    await live(scene, 1, {});
    const step = {
      reconciler: "node-labels",
      node: "neko",
      item: "d/a",
      kind: "remove" as const,
      class: "restrict" as const,
      why: "",
    };
    scene.controller.grant([{ ...step, before: "ssd" }]);
    await scene.settle();
    const waiting = scene.waiting("neko");
    await live(scene, 1, { a: "ssd" });
    await live(scene, 20, {});

    expect(waiting).toEqual(["remove d/a: dwell"]);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("of off plans nothing at all", async () => {
    const scene = await labelled(["neko"]);
    scene.setPolicy(aPolicy(["a", "b"], { modes: { describe: "off", restrict: "off", move: "off" } }));
    scene.tell("neko", { b: "hdd" });
    await scene.settle();

    expect(scene.waiting("neko")).toEqual([]);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });
});

describe("an override", () => {
  it("is written at once, and what the policy wants comes back at once when it ends, in any mode of restrict", async () => {
    const scene = await labelled(["neko"]);
    scene.setPolicy(planned);
    scene.override({ key: "neko", item: "d/a", value: "mine", untilMs: scene.clock.wallMs() + 5 * minuteMs });
    await scene.settle();
    const during = scene.nodes.labels("neko");
    const why = scene.controller.picture("node-labels", "neko")?.decision;
    await live(scene, 6, { a: "ssd" });

    expect(during).toEqual({ "d/a": "mine" });
    expect(why?.kind === "items" && why.items.get("d/a")?.why.text).toContain('jochen wants it to be "mine" until');
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    expect(scene.waiting("neko")).toEqual([]);
    await scene.stop();
  });

  it("ends as lightly where the collector was started anew meanwhile", async () => {
    const scene = await labelled(["neko"]);
    scene.setPolicy(planned);
    scene.override({ key: "neko", item: "d/a", value: "mine", untilMs: scene.clock.wallMs() + 20 * minuteMs });
    await scene.settle();
    await scene.stop();
    await scene.start();
    await live(scene, 21, { a: "ssd" });

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("that wrote nothing, since all was so already, lets nothing go when it ends", async () => {
    const scene = await labelled(["neko", "bobcat"]);
    scene.setPolicy(planned);
    const untilMs = scene.clock.wallMs() + 20 * minuteMs;
    scene.override({ key: "neko", item: "d/a", value: "ssd", untilMs }, { key: "bobcat", item: "d/a", value: "ssd", untilMs });
    await live(scene, 19, {});
    const during = scene.waiting("neko");
    await live(scene, 20, {});

    expect(during).toEqual([]);
    expect(without(scene, "d/a")).toEqual([]);
    expect(scene.waiting("neko")).toEqual(["remove d/a: mode"]);
    await scene.stop();
  });

  it("takes away what the policy wants, also while the agent is silent, and gives it back", async () => {
    const scene = await labelled(["neko"]);
    await scene.advance(60 * minuteMs);
    scene.override({ key: "neko", item: "d/a", value: undefined, untilMs: scene.clock.wallMs() + 5 * minuteMs });
    await scene.settle();
    const during = scene.nodes.labels("neko");
    scene.override();
    await live(scene, 1, { a: "ssd" });

    expect(during).toEqual({});
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("of something that nothing is known of leaves the rest as it is", async () => {
    const scene = await labelled(["neko"]);
    scene.connect("neko", false);
    scene.override({ key: "neko", item: "d/b", value: "mine", untilMs: scene.clock.wallMs() + 60 * minuteMs });
    await live(scene, 30, {});

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "mine" });
    await scene.stop();
  });
});

describe("the guard", () => {
  it.each([
    { because: "paused", waits: "pause" },
    { because: "standby", waits: "leader" },
    { because: "unknown", waits: "cluster" },
  ] as const)("that says $because keeps everything waiting, and all goes on after it", async ({ because, waits }) => {
    const scene = await labelled(["neko"]);
    const before = scene.nodes.requests.length;
    scene.forbid(because);
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.advance(minuteMs);
    const waiting = scene.waiting("neko");
    const requests = scene.nodes.requests.length;
    scene.forbid(undefined);
    await scene.settle();

    expect(waiting).toEqual([`set d/b: ${waits}`]);
    expect(requests).toBe(before);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    await scene.stop();
  });

  it("is asked before an object is read for a write, and once more before the write", async () => {
    const scene = await labelled(["neko", "bobcat"]);

    expect(scene.asked).toBe(4);
    await scene.stop();
  });

  it("that says no while the audit is written keeps the write from being sent, which is done after the pause", async () => {
    const scene = await labelled(["neko"]);
    const release = scene.store.block();
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();
    scene.forbid("paused");
    release();
    await scene.settle();
    const paused = { labels: scene.nodes.labels("neko"), waiting: scene.waiting("neko"), last: scene.store.audit.at(-1) };
    scene.forbid(undefined);
    await scene.settle();

    expect(paused).toMatchObject({ labels: { "d/a": "ssd" }, waiting: ["set d/b: pause"], last: { outcome: "failed" } });
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    await scene.stop();
  });

  it("that says no in the middle of a write ends it, and it is done after the pause", async () => {
    const scene = await labelled(["neko"]);
    scene.nodes.plan({ error: new AppError("ABORTED", "nothing may be written any more"), isDone: false });
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(scene.controller.problems()).toEqual([]);
    await scene.stop();
  });

  it("of a Node is its annotation: nothing is written there, and all of it afterwards", async () => {
    const scene = await labelled(["neko"]);
    scene.nodes.pause("neko", true);
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();
    const paused = { waiting: scene.waiting("neko"), labels: scene.nodes.labels("neko") };
    scene.nodes.pause("neko", false);
    await scene.settle();

    expect(paused).toEqual({ waiting: ["set d/b: pause"], labels: { "d/a": "ssd" } });
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    await scene.stop();
  });

  it("is not told by an old feed: a Node that was paused a moment ago is left alone", async () => {
    const scene = await labelled(["neko"]);
    scene.nodes.isFollowed = false;
    scene.nodes.pause("neko", true);
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });
});

describe("a cluster that is not heard any more", () => {
  it("has nothing taken away by what was true of it before, and what is new still set", async () => {
    const scene = await labelled(["neko"]);
    scene.cluster.setProblem("the watch is refused");
    await live(scene, 20, { b: "hdd" });
    const away = { waiting: scene.waiting("neko"), labels: scene.nodes.labels("neko") };
    scene.cluster.setProblem(undefined);
    await live(scene, 1, { b: "hdd" });

    expect(away).toEqual({ waiting: ["remove d/a: cluster"], labels: { "d/a": "ssd", "d/b": "hdd" } });
    expect(scene.nodes.labels("neko")).toEqual({ "d/b": "hdd" });
    await scene.stop();
  });
});

describe("maintenance", () => {
  it("keeps what a cordoned node has, still labels what is new, and ends with the cordon", async () => {
    const scene = await labelled(["neko"]);
    scene.nodes.cordon("neko", true);
    await live(scene, 20, { b: "hdd" });
    const cordoned = { waiting: scene.waiting("neko"), labels: scene.nodes.labels("neko") };
    scene.nodes.cordon("neko", false);
    await scene.settle();

    expect(cordoned).toEqual({ waiting: ["remove d/a: maintenance"], labels: { "d/a": "ssd", "d/b": "hdd" } });
    expect(scene.nodes.labels("neko")).toEqual({ "d/b": "hdd" });
    await scene.stop();
  });
});

describe("maintenance that somebody announced", () => {
  it("keeps what the node has, still labels what is new, and is looked at again when it is over", async () => {
    const scene = await labelled(["neko"]);
    scene.maintain("neko", true);
    await live(scene, 20, { b: "hdd" });
    const during = { waiting: scene.waiting("neko"), labels: scene.nodes.labels("neko") };
    scene.maintain("neko", false);
    await scene.settle();

    expect(during).toEqual({ waiting: ["remove d/a: maintenance"], labels: { "d/a": "ssd", "d/b": "hdd" } });
    expect(scene.nodes.labels("neko")).toEqual({ "d/b": "hdd" });
    await scene.stop();
  });
});

describe("the brake", () => {
  const five = ["a1", "a2", "a3", "a4", "a5"];

  it("lets one of five nodes lose something in ten minutes, and the others one after the other", async () => {
    const scene = await labelled(five);
    await live(scene, 16, {});
    const first = without(scene, "d/a").length;
    const { restrictedNodes, allowedNodes } = scene.controller.brake();
    const counts: number[] = [];
    for (let step = 0; step < 4; step++) {
      await live(scene, 10, {});
      counts.push(without(scene, "d/a").length);
    }

    expect(first).toBe(1);
    expect({ restrictedNodes, allowedNodes }).toEqual({ restrictedNodes: 1, allowedNodes: 1 });
    expect(counts).toEqual([2, 3, 4, 5]);
    await scene.stop();
  });

  it("lets the next one go at once where what it counted was refused", async () => {
    const scene = await labelled(five);
    scene.nodes.plan({ error: new AppError("PEER_REFUSED", "it is forbidden"), isDone: false });
    await live(scene, 16, {});

    expect(scene.controller.problems()).toHaveLength(1);
    expect(without(scene, "d/a")).toHaveLength(1);
    expect(scene.controller.brake()).toMatchObject({ restrictedNodes: 1 });
    await scene.stop();
  });

  it("is not released by a restart", async () => {
    const scene = await labelled(five);
    await live(scene, 16, {});
    await scene.stop();
    scene.setPolicy(aPolicy(["a", "b"], { dwell: { changeMs: 0, removeMs: 0 }, hash: "at once" }));
    await scene.start();
    await live(scene, 1, {});

    expect(without(scene, "d/a").length).toBe(1);
    expect(scene.waiting("a5")).toEqual(["remove d/a: brake"]);
    await scene.stop();
  });

  it("lets nothing be taken away before the audit was read, and describes meanwhile", async () => {
    const scene = await labelled(["neko"]);
    await scene.stop();
    const listAudit = scene.store.listAudit.bind(scene.store);
    scene.store.listAudit = async () => {
      throw new AppError("STORE_FAILED", "it is locked");
    };
    scene.setPolicy(aPolicy(["a", "b"], { dwell: { changeMs: 0, removeMs: 0 }, hash: "at once" }));
    await scene.start();
    await live(scene, 2, { b: "hdd" });
    const before = { labels: scene.nodes.labels("neko"), problems: scene.controller.problems() };
    scene.store.listAudit = listAudit;
    await live(scene, 1, { b: "hdd" });

    expect(before.labels).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(before.problems).toHaveLength(1);
    expect(scene.nodes.labels("neko")).toEqual({ "d/b": "hdd" });
    expect(scene.controller.problems()).toEqual([]);
    await scene.stop();
  });

  it("does not count what the API server refused", async () => {
    const scene = await labelled(["neko", "bobcat"]);
    scene.nodes.plan({ error: new AppError("PEER_REFUSED", "forbidden"), isDone: false });
    await live(scene, 17, {});

    expect(without(scene, "d/a").length).toBe(1);
    await scene.stop();
  });
});

describe("a fight", () => {
  it("is let win for longer and longer, and named", async () => {
    const scene = await labelled(["neko"]);
    for (let second = 0; second < 600; second++) {
      if (scene.nodes.labels("neko")["d/a"] === "ssd") scene.nodes.edit("neko", { "d/a": "theirs" }, "other-operator");
      await scene.advance(1_000);
    }
    const repairs = scene.nodes.writes.filter(({ manager }) => manager === "nodekeeper").length - 1;

    expect(repairs).toBeLessThanOrEqual(9);
    expect(repairs).toBeGreaterThanOrEqual(6);
    expect(scene.controller.problems()).toEqual([
      "other-operator undoes the label d/a of neko each time: it is written less and less often",
    ]);
    await scene.stop();
  });
});

describe("a fight that leaves no trace", () => {
  it("is one, too: what is set on the same Node again and again is set less and less often, and at once on a new one", async () => {
    const scene = await labelled(["neko"]);
    for (let second = 0; second < 600; second++) {
      if (second % 60 === 0) scene.tell("neko", { a: "ssd" });
      if (scene.nodes.labels("neko")["d/a"] === "ssd") scene.nodes.forget("neko");
      await scene.advance(1_000);
    }
    const sets = scene.nodes.writes.filter(({ manager }) => manager === "nodekeeper").length;
    scene.nodes.forget("neko");
    await scene.settle();
    const before = scene.nodes.labels("neko");
    scene.nodes.add("neko");
    await scene.settle();

    expect(sets).toBeGreaterThanOrEqual(7);
    expect(sets).toBeLessThanOrEqual(10);
    expect(before).toEqual({});
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });
});

describe("a step that the decision does not speak of", () => {
  it("is done after its dwell all the same", async () => {
    const scene = await labelled(["neko"]);
    const { plan } = scene.reconciler;
    scene.reconciler.plan = (decision, seen) => {
      const before = seen.items.get("d/old")?.value;
      const why = { text: "nobody speaks of it", place: "test", expression: "", facts: [] };
      const step = { item: "d/old", kind: "remove", class: "restrict", before, after: undefined, why } as const;
      return [...plan(decision, seen), ...(before === undefined ? [] : [step])];
    };
    scene.nodes.edit("neko", { "d/old": "1" });
    await live(scene, 14, { a: "ssd" });
    const before = scene.nodes.labels("neko");
    await live(scene, 2, { a: "ssd" });

    expect(before).toEqual({ "d/a": "ssd", "d/old": "1" });
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });
});

describe("the pace of writing", () => {
  it("is fifty at once, then twenty a second, four at a time", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
    const scene = await ReconcileScene.of(names);
    const release = scene.nodes.block();
    for (const name of names) scene.tell(name, { a: "ssd" });
    await scene.settle();
    const atATime = scene.nodes.requests.filter((request) => request.startsWith("write")).length;
    release();
    for (let turn = 0; turn < 60; turn++) await scene.settle();
    const atOnce = scene.nodes.writes.length;
    await scene.advance(1_000);
    const afterOne = scene.nodes.writes.length;
    await scene.advance(9_000);

    expect(atATime).toBe(4);
    expect(atOnce).toBe(50);
    expect(afterOne).toBeGreaterThanOrEqual(68);
    expect(afterOne).toBeLessThanOrEqual(72);
    expect(scene.nodes.writes.length).toBe(200);
    await scene.stop();
  });

  it("lets what just happened go before what is merely looked at again", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const scene = new ReconcileScene();
    scene.setDecisions({ approval: undefined, overrides: [] });
    for (const name of [...names, "neko"]) {
      scene.nodes.add(name);
      scene.connect(name);
    }
    await scene.start();
    for (const name of names) scene.tell(name, { a: "ssd" });
    await scene.settle();
    scene.setDecisions({ approval: { planHash: "1", by: "jochen", atMs: 0 }, overrides: [] });
    await scene.advance(2_000);
    scene.tell("neko", { a: "failing" });
    await scene.advance(1_000);

    expect(scene.nodes.writes.length).toBeLessThan(150);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "failing" });
    await scene.stop();
  });
});

describe("prune", () => {
  it("puts back what was there before us, leaves what people changed after us, and writes no more without an approval", async () => {
    const scene = await ReconcileScene.of(["neko"]);
    scene.nodes.edit("neko", { "d/a": "before" });
    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.advance(2 * minuteMs);
    const labelledAs = scene.nodes.labels("neko");
    scene.setDecisions({ approval: undefined, overrides: [] });
    scene.nodes.edit("neko", { "d/b": "theirs" });

    const done = await scene.controller.prune("node-labels", "neko", all, never);
    await scene.advance(20 * minuteMs);

    expect(labelledAs).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(done).toBe(2);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "before", "d/b": "theirs" });
    expect(scene.store.audit.at(-1)).toMatchObject({ action: "reconcile.node-labels.prune", outcome: "done" });
    await scene.stop();
  });

  it("looks again where others write meanwhile, and may choose", async () => {
    const scene = await labelled(["neko"], { a: "ssd", b: "hdd" });
    scene.setDecisions({ approval: undefined, overrides: [] });
    scene.nodes.plan({ error: new AppError("CONFLICT", "it was modified"), isDone: false });

    const done = await scene.controller.prune("node-labels", "neko", (step) => (step.item === "d/a" ? step : undefined), never);

    expect(done).toBe(1);
    expect(scene.nodes.labels("neko")).toEqual({ "d/b": "hdd" });
    await scene.stop();
  });

  it("is refused where nothing may be written", async () => {
    const scene = await labelled(["neko"]);
    scene.forbid("paused");
    const paused = scene.controller.prune("node-labels", "neko", all, never);

    await expect(paused).rejects.toMatchObject({ code: "CONFLICT", message: "nothing may be written now: it is paused" });
    scene.forbid(undefined);
    scene.nodes.pause("neko", true);
    await expect(scene.controller.prune("node-labels", "neko", all, never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await scene.controller.prune("node-labels", "nobody", all, never)).toBe(0);
    await scene.stop();
  });
});

describe("numbers", () => {
  it("say what waits, what is held and what was written", async () => {
    const scene = await labelled(["neko", "bobcat", "panther"]);
    scene.setPolicy(planned);
    await live(scene, 20, {});
    scene.tell("bobcat", {}, { isComplete: false });
    scene.tell("panther", { a: "ssd" });
    await scene.settle();

    expect(scene.controller.counts()).toEqual([
      { name: "node-labels", queued: 0, waiting: 1, waitingFor: { mode: 1 }, held: 2, failing: 0, writes: 3 },
    ]);
    await scene.stop();
  });
});

describe("a grant", () => {
  it("is told from every other step", () => {
    const step = { item: "d/a", kind: "remove", before: "ssd", after: undefined } as const;

    expect(grantOf({ ...step })).toBe(grantOf({ item: "d/a", kind: "remove", before: "ssd" }));
    expect(grantOf({ ...step, before: "hdd" })).not.toBe(grantOf(step));
    expect(grantOf({ ...step, kind: "change", after: "hdd" })).not.toBe(grantOf(step));
  });
});
