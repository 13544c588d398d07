import type { Waiting } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import {
  aScene,
  board,
  conditions,
  items,
  ours,
  picture,
  record,
  removal,
  seen,
  storage,
  theirs,
  why,
} from "../test-support/people-scene.ts";
import { domain } from "../test-support/world-of.ts";

describe("explaining", () => {
  it("tells all that is known of an item", async () => {
    const { scene, reconciliation, store } = aScene({ isApproved: true });
    const waiting: Waiting = { for: "dwell", text: "it must hold", until: new Date(startMs + 3_600_000).toISOString() };
    const facts = [{ path: "machine", value: "{}", probe: "system", freshness: "fresh" }] as const;
    scene.pictures = [
      picture("neko", {
        decision: { kind: "items", items: new Map([[board, { kind: "absent", why: { ...why, facts } }]]) },
        seen: seen(
          { [board]: { ...ours("pi"), others: [{ manager: "kubectl-label", atMs: startMs }] } },
          new Map([[board, { wrote: "pi", was: "old" }]]),
        ),
        operations: [{ operation: { ...removal(board, "pi"), why: { ...why, facts } }, waiting }],
        wantedSinceMs: new Map([[board, startMs]]),
      }),
    ];
    await store.appendAudit([record("begun"), record("done"), record("done", { changes: [{ item: storage }] })]);

    expect(await reconciliation.explain("neko", "board")).toEqual([
      {
        ...{ reconciler: "node-labels", noun: "label", node: "neko", item: board, live: "pi", owner: "ours", previous: "old" },
        others: [{ manager: "kubectl-label", at: new Date(startMs).toISOString() }],
        ...{ wanted: "absent", why: "it is one", place: "policy.yaml:3:4", expression: "machine.board", facts: [...facts] },
        ...{ since: new Date(startMs).toISOString(), waiting, actions: [2] },
        next: "will be removed at 2026-11-22 13:00 UTC, unless machine changes before",
      },
    ]);
  });

  it("tells of every item: wanted, live, ours, overridden and held", async () => {
    const { scene, reconciliation } = aScene();
    await reconciliation.override({ node: "neko", item: "mood", value: "good", forSeconds: 60 }, "mika");
    scene.pictures = [
      picture("neko", {
        decision: items({ [board]: "pi", [storage]: null }),
        seen: seen({ [`${domain}/theirs`]: theirs("x") }, new Map([[`${domain}/lost`, { wrote: "y", was: undefined }]])),
      }),
      picture("neko", { reconciler: conditions, decision: { kind: "hold", reason: "no agent" } }),
    ];

    const told = await reconciliation.explain("neko", undefined);

    expect(told.map(({ item, wanted, why }) => [item, wanted, why])).toEqual([
      [board, "value", "it is one"],
      [`${domain}/lost`, "hold", "nothing asks for it"],
      [`${domain}/mood`, "hold", "nothing asks for it"],
      [storage, "absent", "it is one"],
      [`${domain}/theirs`, "hold", "it is not ours: written by kubectl-label"],
      ["", "hold", "no agent"],
    ]);
    expect(told[2]?.override).toMatchObject({ value: "good", by: "mika" });
  });

  it("says of what is not there that the policy has no rule for it, and of other names that there is no such thing", async () => {
    const { scene, reconciliation } = aScene();

    expect(await reconciliation.explain("neko", "colour")).toMatchObject([
      { item: `${domain}/colour`, wanted: "absent", next: "comes with a rule of the policy, or with an override" },
    ]);
    scene.pictures = [picture("neko", { decision: items({ [board]: "pi" }) })];
    expect(await reconciliation.explain("neko", "bord")).toMatchObject([
      { why: expect.stringMatching(/ has no rule for it, and it is not there; did you mean "board"\?$/) },
    ]);
    await expect(reconciliation.explain("neko", "example.com/colour")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(reconciliation.explain("nobody", undefined)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await reconciliation.explain("agent-only", undefined)).toMatchObject([
      { noun: "node", wanted: "hold", next: "is described when it joins the cluster" },
    ]);
  });
});
