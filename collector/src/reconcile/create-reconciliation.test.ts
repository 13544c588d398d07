import { describe, expect, it } from "vitest";
import { startMs } from "./../test-support/states.ts";
import { aScene, board } from "./test-support/people-scene.ts";

describe("overriding", () => {
  it("keeps one for an item, shows it while it is in force, and ends it by any of its names", async () => {
    const { reconciliation, clock } = aScene();
    await reconciliation.override({ node: "neko", item: board, value: "one", forSeconds: 60 }, "mika");
    const made = await reconciliation.override(
      { node: "neko", item: "board", value: "two", forSeconds: 60, reason: "r" },
      "mika",
    );

    expect(reconciliation.status().overrides).toEqual([made]);
    expect(made).toEqual({
      ...{ reconciler: "node-labels", node: "neko", item: board, value: "two", by: "mika", reason: "r" },
      ...{ at: new Date(startMs).toISOString(), until: new Date(startMs + 60_000).toISOString() },
    });
    await reconciliation.endOverride({ node: "neko", item: "board" }, "mika");
    expect(reconciliation.status().overrides).toEqual([]);
    await expect(reconciliation.endOverride({ node: "neko", item: "board" }, "mika")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });

    await reconciliation.override({ node: "neko", item: board, forSeconds: 60 }, "mika");
    await clock.advance(60_001);
    expect(reconciliation.status().overrides).toEqual([]);
  });

  it("remembers whether it writes anything, which one that prolongs it takes over", async () => {
    const { reconciliation, scene } = aScene();
    const want = async (value?: string) => {
      const wish = value === undefined ? {} : { value };
      await reconciliation.override({ node: "neko", item: "board", forSeconds: 60, ...wish }, "mika");
      return scene.decided?.overrides.map(({ value: kept, isChange }) => [kept, isChange]);
    };

    expect(await want()).toEqual([[undefined, false]]);
    expect(await want("one")).toEqual([["one", true]]);
    expect(await want("one")).toEqual([["one", true]]);
    expect(await want()).toEqual([[undefined, false]]);
  });

  it("refuses a node that the cluster does not have, or may not have", async () => {
    const { reconciliation, scene } = aScene();
    const ask = (node: string) => reconciliation.override({ node, item: "board", forSeconds: 60 }, "mika");

    await expect(ask("nobody")).rejects.toMatchObject({ code: "NOT_FOUND", message: "the cluster has no Node nobody" });
    scene.knowledge = { kind: "unknown", problem: undefined };
    await expect(ask("neko")).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("the status", () => {
  it("says whether it writes, and why not", () => {
    const { reconciliation, scene } = aScene();

    expect(reconciliation.status()).toMatchObject({
      ...{ isConfigured: true, isWriting: false, holder: "badger_1", cluster: { nodes: 2 } },
      notWritingBecause: "no plan was approved yet: `nodekeeper plan`, then `nodekeeper apply HASH`",
      reconcilers: [{ name: "node-labels", writes: 2 }],
    });
    scene.decided = { approval: { planHash: "h", by: "mika", atMs: startMs }, overrides: [] };
    expect(reconciliation.status()).toMatchObject({ isWriting: true, approval: { hash: "h", by: "mika" } });
    scene.answer = { kind: "no", because: "paused", text: "somebody paused us" };
    expect(reconciliation.status()).toMatchObject({ isWriting: false, notWritingBecause: "somebody paused us" });
  });

  it("has the problems of all parts", () => {
    expect(aScene().reconciliation.problems()).toEqual(["a Node cannot be written"]);
  });
});
