import type { Waiting } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import type { ObjectPicture } from "../controller/controller.ts";
import type { Decision } from "../reconciler.ts";
import { aScene, awaiting, board, picture, removal, setting, storage, why } from "../test-support/people-scene.ts";
import { domain } from "../test-support/world-of.ts";

describe("the plan", () => {
  it("has every step with what it waits for, and what is held, in order", async () => {
    const { scene, reconciliation } = aScene();
    const decision: Decision = { kind: "items", items: new Map([[storage, { kind: "hold", reason: "no disks known", why }]]) };
    scene.pictures = [
      picture("otter", { decision: { kind: "hold", reason: "no agent" } }),
      picture("neko", { decision, operations: [{ operation: setting(board, "pi"), waiting: awaiting }] }),
      picture("gone", { seen: undefined, decision: { kind: "hold", reason: "no agent" } }),
    ];

    expect(await reconciliation.plan()).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      isApproved: false,
      operations: [
        {
          ...{ reconciler: "node-labels", node: "neko", item: board, kind: "set", class: "describe", after: "pi" },
          ...{ why: "it is one", waiting: awaiting },
        },
      ],
      held: [
        { reconciler: "node-labels", node: "neko", item: storage, reason: "no disks known" },
        { reconciler: "node-labels", node: "otter", item: "", reason: "no agent" },
      ],
    });
  });

  it("has the same hash whenever and in whatever order it is made, and another where a step is another", async () => {
    const { scene, reconciliation } = aScene();
    const one = picture("neko", { operations: [{ operation: setting(board, "pi"), waiting: awaiting }] });
    const other = picture("otter", { operations: [{ operation: setting(board, "pi"), waiting: awaiting }] });
    const hashOf = async (...pictures: ObjectPicture[]): Promise<string> => {
      scene.pictures = pictures;
      return (await reconciliation.plan()).hash;
    };

    const hash = await hashOf(one, other);
    expect(await hashOf(other, one)).toBe(hash);
    const later: Waiting = { ...awaiting, text: "still", until: new Date(startMs).toISOString() };
    expect(await hashOf(picture("neko", { operations: [{ operation: setting(board, "pi"), waiting: later }] }), other)).toBe(
      hash,
    );
    expect(await hashOf(one)).not.toBe(hash);
    expect(await hashOf(one, picture("otter", { operations: [{ operation: setting(board, ""), waiting: awaiting }] }))).not.toBe(
      hash,
    );
  });

  it("counts in its hash only what an approval would let go", async () => {
    const { scene, reconciliation } = aScene();
    scene.pictures = [
      picture("neko", { operations: [{ operation: setting(board, "pi"), waiting: { for: "dwell", text: "" } }] }),
      picture("otter", { operations: [{ operation: setting(board, "pi"), waiting: undefined }] }),
      picture("otter", {
        operations: [{ operation: { ...removal(board, "pi"), class: "move" }, waiting: { for: "mode", text: "" } }],
      }),
    ];

    expect(await reconciliation.plan()).toMatchObject({ hash: "", operations: [{}, {}, {}] });
  });
});

describe("approving", () => {
  it("the first plan is kept with who and when, and grants what the policy does not enforce by itself", async () => {
    const { scene, reconciliation } = aScene();
    const restricting = { operation: removal(storage, "nvme"), waiting: awaiting };
    scene.pictures = [picture("neko", { operations: [{ operation: setting(board, "pi"), waiting: awaiting }, restricting] })];
    const { hash } = await reconciliation.plan();

    expect(await reconciliation.approve(hash, "mika")).toEqual({ hash, operations: 2 });

    expect(scene.decided?.approval).toEqual({ planHash: hash, by: "mika", atMs: startMs });
    expect(scene.granted).toMatchObject([{ item: storage, kind: "remove" }]);
  });

  it("a later one grants its own steps, and does not touch what was decided", async () => {
    const { scene, reconciliation } = aScene({ isApproved: true });
    scene.pictures = [
      picture("neko", { operations: [{ operation: removal(storage, "nvme"), waiting: { for: "mode", text: "" } }] }),
    ];

    await reconciliation.approve((await reconciliation.plan()).hash, "mika");

    expect(scene.granted).toMatchObject([{ node: "neko", item: storage }]);
    expect(scene.log).toEqual([]);
  });

  it("a later one is refused where all was taken back meanwhile: a few steps are no approval of what follows", async () => {
    const { scene, reconciliation } = aScene({ isApproved: true });
    scene.pictures = [
      picture("neko", { operations: [{ operation: removal(storage, "nvme"), waiting: { for: "mode", text: "" } }] }),
    ];
    const { hash } = await reconciliation.plan();
    scene.unheard = { approval: undefined, overrides: [] };

    await expect(reconciliation.approve(hash, "mika")).rejects.toMatchObject({ code: "CONFLICT" });
    expect(scene.granted).toEqual([]);
    expect(scene.log).toEqual([]);
  });

  it("a plan that is another by now is refused, with how it changed", async () => {
    const { scene, reconciliation } = aScene();
    const step = (item: string) => ({ operation: setting(item, "x"), waiting: awaiting });
    scene.pictures = [picture("neko", { operations: [step(board)] })];
    const { hash } = await reconciliation.plan();
    scene.pictures = [picture("neko", { operations: [step(storage), step(`${domain}/other`)] })];

    await expect(reconciliation.approve(hash, "mika")).rejects.toMatchObject({
      code: "CONFLICT",
      message: `the plan is another by now: 2 steps more and 1 less than in ${hash}; look at it again by \`nodekeeper plan\``,
    });
    await expect(reconciliation.approve("0123", "mika")).rejects.toMatchObject({
      message: 'no plan of the hash "0123" is known here: look at the present one by `nodekeeper plan`',
    });
    expect(scene.decided?.approval).toBeUndefined();
    expect(scene.granted).toEqual([]);
  });

  it("is done where it is written, and not at a standby", async () => {
    const { scene, reconciliation } = aScene();
    scene.pictures = [picture("neko", { operations: [{ operation: setting(board, "pi"), waiting: awaiting }] })];
    scene.answer = { kind: "no", because: "standby", text: "another collector writes: otter_1" };

    await expect(reconciliation.approve((await reconciliation.plan()).hash, "mika")).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: "another collector writes: otter_1: approve the plan there" },
    });
    expect(scene.decided?.approval).toBeUndefined();
    await expect(reconciliation.revert(1, { untilMs: startMs + 1, by: "mika" })).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: expect.stringContaining("its audit counts otherwise") },
    });
  });

  it("nothing is nothing that could be approved", async () => {
    const { scene, reconciliation } = aScene();

    await expect(reconciliation.approve("", "mika")).rejects.toMatchObject({ code: "CONFLICT" });
    scene.decided = undefined;
    await expect(reconciliation.approve("", "mika")).rejects.toMatchObject({
      ...{ code: "NOT_READY", message: "what was decided before is not known: it is malformed" },
    });
  });
});
