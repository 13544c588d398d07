import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Operation } from "../reconciler.ts";
import { aScene, board, conditions, labels, ours, picture, seen } from "../test-support/people-scene.ts";

describe("pruning", () => {
  const owned = (value: string) => seen({ [board]: ours(value) }, new Map([[board, { wrote: value, was: undefined }]]));

  async function prune({ reconciliation, clock }: ReturnType<typeof aScene>, keepLabels = false, force = false) {
    const pruning = reconciliation.prune({ keepLabels, force }, "mika");
    const settled = pruning.catch(() => undefined);
    await clock.advance(5_000);
    await settled;
    return await pruning;
  }

  it("withdraws approval and overrides before anything else, and takes back what is ours, object by object", async () => {
    const parts = aScene({ isApproved: true });
    await parts.reconciliation.override({ node: "neko", item: "board", value: "x", forSeconds: 60 }, "mika");
    parts.scene.log.length = 0;
    parts.scene.pictures = [picture("neko", { seen: owned("pi") }), picture("otter"), picture("gone", { seen: undefined })];

    expect(await prune(parts)).toEqual({ nodes: 1, failed: [], left: [] });

    expect(parts.scene.log).toEqual(["decided", "pruned neko"]);
    expect(parts.scene.decided).toEqual({ approval: undefined, overrides: [] });
    expect(parts.scene.pruned).toMatchObject([["neko", [{ kind: "remove", before: "pi", after: undefined }]]]);
  });

  it("leaves labels as they are where they are to stay, and gives them up; conditions go", async () => {
    const parts = aScene({ isApproved: true });
    const condition = picture("neko", { reconciler: conditions, seen: owned("True") });
    parts.scene.pictures = [picture("neko", { seen: owned("pi") }), condition];

    expect(await prune(parts, true)).toEqual({ nodes: 1, failed: [], left: [] });

    expect(parts.scene.pruned.map(([, operations]) => operations)).toMatchObject([
      [{ kind: "restore", before: "pi", after: "pi" }],
      [{ kind: "remove", before: "True", after: undefined }],
    ]);
  });

  it("tells what failed by node, tries it twice, and finishes when it is asked again", async () => {
    const parts = aScene({ isApproved: true });
    parts.scene.failing.set("otter", new AppError("CONFLICT", "an annotation on otter pauses us there"));
    parts.scene.pictures = ["neko", "otter"].map((key) => picture(key, { seen: owned("pi") }));

    expect(await prune(parts)).toEqual({
      nodes: 1,
      failed: [{ node: "otter", reason: "node-labels: an annotation on otter pauses us there" }],
      left: [],
    });
    parts.scene.failing.clear();
    expect(await prune(parts)).toEqual({ nodes: 1, failed: [], left: [] });
  });

  it("leaves what protects something that is not well, and says why, unless it is forced", async () => {
    const parts = aScene({ isApproved: true });
    const entry = { wrote: "pi", was: undefined };
    const both = seen(
      { [board]: ours("pi"), other: ours("pi") },
      new Map([
        [board, entry],
        ["other", entry],
      ]),
    );
    const reconciler = { ...labels, leavesOnPrune: ({ item }: Operation) => (item === board ? "it fails" : undefined) };
    parts.scene.pictures = [picture("neko", { reconciler, seen: both })];

    expect(await prune(parts)).toEqual({ nodes: 1, failed: [], left: [{ node: "neko", item: board, reason: "it fails" }] });
    expect(parts.scene.pruned.at(-1)?.[1].map(({ item }) => item)).toEqual(["other"]);
    parts.scene.pictures = [picture("neko", { reconciler, seen: both })];
    expect(await prune(parts, false, true)).toEqual({ nodes: 1, failed: [], left: [] });
    expect(parts.scene.pruned.at(-1)?.[1].map(({ item }) => item)).toEqual([board, "other"]);
  });

  it("takes back nothing, and no approval, while nothing may be written", async () => {
    const parts = aScene({ isApproved: true });
    const before = structuredClone(parts.scene.decided);
    parts.scene.answer = { kind: "no", because: "standby", text: "another collector writes: otter_1" };

    await expect(prune(parts)).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: "nothing may be written now: another collector writes: otter_1" },
    });
    expect(before).toMatchObject({ approval: { by: expect.any(String) } });
    expect(parts.scene.decided).toEqual(before);
  });

  it("lets nobody approve a plan meanwhile", async () => {
    const { reconciliation, clock, scene } = aScene({ isApproved: true });
    scene.pictures = [picture("neko", { seen: owned("pi") })];
    const pruning = reconciliation.prune({ keepLabels: false }, "mika");
    await clock.advance(1);

    await expect(reconciliation.approve("x", "mika")).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: expect.stringContaining("prune") },
    });
    await clock.advance(5_000);
    await pruning;
  });

  it("ends with the collector", async () => {
    const { reconciliation, clock, scene } = aScene({ isApproved: true });
    scene.pictures = [picture("neko", { seen: owned("pi") })];
    const ended = expect(reconciliation.prune({ keepLabels: false }, "mika")).rejects.toMatchObject({ name: "AbortError" });
    await clock.advance(1);

    await reconciliation[Symbol.asyncDispose]();

    await ended;
    expect(clock.sleeperCount).toBe(0);
  });
});
