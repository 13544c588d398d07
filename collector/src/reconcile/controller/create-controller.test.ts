import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { aPolicy, minuteMs, ReconcileScene } from "../test-support/reconcile-scene.ts";

const unreachable = new AppError("PEER_UNREACHABLE", "the API server does not answer");
const refused = new AppError("PEER_REFUSED", "neko is forbidden");

/** One node whose agent told two disks, both of which are labelled. */
async function labelled(name = "neko"): Promise<ReconcileScene> {
  const scene = await ReconcileScene.of([name]);
  scene.tell(name, { a: "ssd", b: "hdd" });
  await scene.settle();
  expect(scene.nodes.labels(name)).toEqual({ "d/a": "ssd", "d/b": "hdd" });
  return scene;
}

/** Time passes, and the agent says the same each minute. */
async function live(scene: ReconcileScene, minutes: number, disks: Readonly<Record<string, string>>): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    scene.tell("neko", disks);
    await scene.advance(minuteMs);
  }
}

describe("the controller", () => {
  it("writes what is wanted in the turn in which the agent tells it, all items in one write", async () => {
    const scene = await labelled();

    expect(scene.nodes.writes.length).toBe(1);
    expect(scene.reconciler.told).toEqual(["neko set d/a", "neko set d/b"]);
    await scene.stop();
  });

  it("asks the cluster nothing while nothing is to be done", async () => {
    const scene = await labelled();
    const before = scene.nodes.requests.length;

    await live(scene, 30, { a: "ssd", b: "hdd" });

    expect(scene.nodes.requests.length).toBe(before);
    await scene.stop();
  });

  describe("feature 66: what must hold before it is done", () => {
    it("removes only what was not there for the whole dwell, and looked at freshly", async () => {
      const scene = await labelled();

      await live(scene, 14, { a: "ssd" });
      const before = scene.nodes.labels("neko");
      await live(scene, 2, { a: "ssd" });

      expect(before).toEqual({ "d/a": "ssd", "d/b": "hdd" });
      expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
      await scene.stop();
    });

    it.each([
      { name: "the agent is silent", pass: (scene: ReconcileScene) => scene.advance(60 * minuteMs) },
      {
        name: "the list is not complete",
        pass: async (scene: ReconcileScene) => {
          for (let minute = 0; minute < 60; minute++) {
            scene.tell("neko", { a: "ssd" }, { isComplete: false });
            await scene.advance(minuteMs);
          }
        },
      },
      {
        name: "reading fails",
        pass: async (scene: ReconcileScene) => {
          for (let minute = 0; minute < 60; minute++) {
            scene.tellFailure("neko");
            await scene.advance(minuteMs);
          }
        },
      },
      {
        name: "it fails in between, so that the absence never holds for the dwell",
        pass: async (scene: ReconcileScene) => {
          for (let minute = 0; minute < 60; minute++) {
            if (minute % 10 === 9) scene.tellFailure("neko");
            else scene.tell("neko", { a: "ssd" });
            await scene.advance(minuteMs);
          }
        },
      },
      {
        name: "the collector was started anew and heard nothing since",
        pass: async (scene: ReconcileScene) => {
          scene.tell("neko", { a: "ssd" });
          await scene.stop();
          await scene.advance(1);
          await scene.start();
          await scene.advance(60 * minuteMs);
        },
      },
      {
        name: "another machine bears the name, and nobody proved that it may",
        pass: async (scene: ReconcileScene) => {
          scene.connect("neko", false);
          await live(scene, 60, {});
        },
      },
    ])("removes nothing while $name", async ({ pass }) => {
      const scene = await labelled();

      await pass(scene);

      expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
      await scene.stop();
    });

    it("does at once what the device declares itself", async () => {
      const scene = await labelled();

      scene.tell("neko", { a: "failing ssd", b: "hdd" });
      await scene.settle();

      expect(scene.nodes.labels("neko")).toEqual({ "d/a": "failing ssd", "d/b": "hdd" });
      await scene.stop();
    });

    it("changes a value when it has held for a minute, and forgets one that did not hold", async () => {
      const scene = await labelled();

      scene.tell("neko", { a: "nvme", b: "hdd" });
      await scene.advance(minuteMs / 2);
      scene.tell("neko", { a: "ssd", b: "hdd" });
      await scene.advance(1);
      scene.tell("neko", { a: "nvme", b: "hdd" });
      await scene.advance(minuteMs - 1_000);
      const before = scene.nodes.labels("neko");
      await scene.advance(2_000);

      expect(before).toEqual({ "d/a": "ssd", "d/b": "hdd" });
      expect(scene.nodes.labels("neko")).toEqual({ "d/a": "nvme", "d/b": "hdd" });
      await scene.stop();
    });
  });

  it("repairs what somebody changed of ours at once, and leaves what is theirs", async () => {
    const scene = await labelled();

    scene.nodes.edit("neko", { "d/a": "wrong", "x/theirs": "1" });
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd", "x/theirs": "1" });
    await scene.stop();
  });

  it("labels a Node that is made anew at once", async () => {
    const scene = await labelled();

    scene.nodes.remove("neko");
    await scene.settle();
    scene.nodes.add("neko");
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    await scene.stop();
  });

  it("writes nothing on a Node of which the cluster's feed knows another one of the same name", async () => {
    const scene = await labelled();
    scene.nodes.isFollowed = false;
    scene.nodes.add("neko");

    scene.tell("neko", { a: "failing", b: "hdd" });
    await scene.settle();
    const meanwhile = scene.nodes.labels("neko");
    scene.nodes.isFollowed = true;
    scene.nodes.list();
    await scene.settle();

    expect(meanwhile).toEqual({});
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "failing", "d/b": "hdd" });
    await scene.stop();
  });

  it("takes away what the policy does not speak of any more, after the dwell", async () => {
    const scene = await labelled();

    scene.setPolicy(aPolicy(["a"]));
    await live(scene, 14, { a: "ssd", b: "hdd" });
    const before = scene.nodes.labels("neko");
    await live(scene, 2, { a: "ssd", b: "hdd" });

    expect(before).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("looks again where somebody was faster, and calls it no failure", async () => {
    const scene = await ReconcileScene.of(["neko"]);
    scene.nodes.plan({ error: new AppError("CONFLICT", "it was modified"), isDone: false });

    scene.tell("neko", { a: "ssd" });
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    expect(scene.controller.problems()).toEqual([]);
    await scene.stop();
  });

  it.each([
    { name: "before it was done", isDone: false },
    { name: "after it was done", isDone: true },
  ])("comes to the same where a write fails $name", async ({ isDone }) => {
    const scene = await ReconcileScene.of(["neko"]);
    scene.nodes.plan({ error: unreachable, isDone });

    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();
    await scene.advance(3_000);

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(scene.nodes.writes.length).toBe(1);
    await scene.stop();
  });

  it("says what the API server refused, tries it again after minutes, and at once where the wish is another", async () => {
    const scene = await ReconcileScene.of(["neko"]);
    scene.nodes.plan({ error: refused, isDone: false });
    scene.tell("neko", { a: "ssd" });
    await scene.settle();
    const problems = scene.controller.problems();
    const waiting = scene.waiting("neko");
    await scene.advance(10_000);
    const requests = scene.nodes.requests.length;

    scene.tell("neko", { a: "ssd", b: "hdd" });
    await scene.settle();

    expect(problems).toEqual(["a label cannot be written on neko: neko is forbidden"]);
    expect(waiting).toEqual(["set d/a: retry"]);
    expect(requests).toBe(2);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd", "d/b": "hdd" });
    expect(scene.controller.problems()).toEqual([]);
    await scene.stop();
  });

  it("waits as long as the API server asks", async () => {
    const scene = await ReconcileScene.of(["neko"]);
    const busy = new AppError("PEER_UNREACHABLE", "too many requests", { context: { retryAfterMs: 30_000 } });
    scene.nodes.plan({ error: busy, isDone: false });

    scene.tell("neko", { a: "ssd" });
    await scene.advance(29_000);
    const requests = scene.nodes.requests.length;
    await scene.advance(3_000);

    expect(requests).toBe(2);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("writes nothing that cannot be put into the audit, and all of it when it can", async () => {
    const scene = await ReconcileScene.of(["neko"]);
    scene.store.fail(new AppError("STORE_FULL", "the disk is full"));

    scene.tell("neko", { a: "ssd" });
    await scene.advance(2_000);
    const before = scene.nodes.labels("neko");
    const problems = scene.controller.problems();
    scene.store.fail(undefined);
    await scene.advance(20_000);

    expect(before).toEqual({});
    expect(problems).toEqual(["a label cannot be written on neko: the disk is full"]);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "ssd" });
    await scene.stop();
  });

  it("keeps a record of each write, before and after it", async () => {
    const scene = await labelled();
    scene.nodes.plan({ error: refused, isDone: false });
    scene.nodes.edit("neko", { "d/a": "wrong" });
    await scene.settle();

    const records = scene.store.audit.map(({ action, target, outcome, detail, changes }) => ({
      action,
      target,
      outcome,
      detail,
      changes,
    }));

    const sets = [
      { item: "d/a", after: "ssd" },
      { item: "d/b", after: "hdd" },
    ];
    const write = { action: "reconcile.node-labels.describe", target: { kind: "node", name: "neko" } };
    const repair = [{ item: "d/a", before: "wrong", after: "ssd" }];
    expect(records).toEqual([
      { ...write, outcome: "begun", detail: "d/a: disk a; d/b: disk b", changes: sets },
      { ...write, outcome: "done", detail: "d/a: disk a; d/b: disk b", changes: sets },
      { ...write, outcome: "begun", detail: "d/a: disk a", changes: repair },
      { ...write, outcome: "failed", detail: "neko is forbidden", changes: repair },
    ]);
    await scene.stop();
  });

  it("lets a write under way end when it is stopped, and begins none", async () => {
    const scene = await ReconcileScene.of(["neko", "bobcat"], { parallelWrites: 1 });
    const release = scene.nodes.block();
    scene.tell("neko", { a: "ssd" });
    scene.tell("bobcat", { a: "ssd" });
    await scene.settle();

    const stopped = scene.stop();
    release();
    await stopped;

    expect([scene.nodes.labels("neko"), scene.nodes.labels("bobcat")]).toEqual([{ "d/a": "ssd" }, {}]);
    expect(scene.store.audit.map(({ outcome }) => outcome)).toEqual(["begun", "done"]);
    expect(scene.clock.sleeperCount).toBe(0);
  });

  it("goes on where a reconciler fails at saying what it is concerned by", async () => {
    const scene = await labelled();
    const { affects, keys } = scene.reconciler;
    const fail = (): never => {
      throw new TypeError("undefined is not a node");
    };
    scene.reconciler.affects = fail;
    scene.reconciler.keys = fail;
    scene.tell("neko", { a: "failing" });
    scene.controller.wake();
    await scene.advance(20 * minuteMs);
    Object.assign(scene.reconciler, { affects, keys });
    scene.tell("neko", { a: "failing", b: "hdd" });
    await scene.settle();

    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "failing", "d/b": "hdd" });
    await scene.stop();
  });

  it("lets a reconciler's bug harm nobody, and says so", async () => {
    const scene = await labelled();
    scene.reconciler.isBroken = true;

    scene.tell("neko", { a: "failing" });
    await scene.settle();
    const problems = scene.controller.problems();
    scene.reconciler.isBroken = false;
    scene.controller.wake();
    await scene.settle();

    expect(problems).toEqual(["a label cannot be written on neko: a bug: undefined is not a disk"]);
    expect(scene.controller.problems()).toEqual([]);
    expect(scene.nodes.labels("neko")).toEqual({ "d/a": "failing", "d/b": "hdd" });
    await scene.stop();
  });
});
