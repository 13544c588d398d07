import type { AuditRecord } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aScene, board, record, storage } from "../test-support/people-scene.ts";

describe("reverting", () => {
  const untilMs = startMs + 3_600_000;

  it("keeps each label as it was before the write, until a time", async () => {
    const { reconciliation, store } = aScene();
    const changes = [
      { item: board, before: "old", after: "pi" },
      { item: storage, after: "nvme" },
    ];
    await store.appendAudit([record("done", { changes })]);

    const made = await reconciliation.revert(1, { untilMs, by: "mika" });

    expect(made).toMatchObject([
      { node: "neko", item: board, value: "old", reason: "revert of 1", until: new Date(untilMs).toISOString() },
      { node: "neko", item: storage },
    ]);
    expect(made[1]).not.toHaveProperty("value");
    expect(reconciliation.status().overrides).toEqual(made);
    await expect(reconciliation.revert(1, { untilMs, by: "mika" })).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: expect.stringContaining("the record 1 is reverted already") },
    });
  });

  it.each<readonly [string, Partial<AuditRecord>]>([
    ["is no write of ours", { action: "token.create", actor: { kind: "user", name: "mika" } }],
    ["is of node-conditions", { action: "reconcile.node-conditions.describe" }],
    [
      "is of disks/d/allowScheduling, which the health of the disk decides",
      {
        action: "reconcile.longhorn-disks.restrict",
        changes: [{ item: "disks/d/allowScheduling", before: "true", after: "false" }],
      },
    ],
    ["is of a prune", { action: "reconcile.node-labels.prune" }],
    ["is of a write that failed", { outcome: "failed" }],
    ["is of a write that began", { outcome: "begun" }],
    ["changed nothing", { changes: [{ item: board, before: "pi", after: "pi" }] }],
    ["our domain is nodekeeper.example by now", { changes: [{ item: "old.example/board", after: "pi" }] }],
  ])("refuses a record that %s", async (words, init) => {
    const { reconciliation, store } = aScene();
    await store.appendAudit([record("done", init)]);

    await expect(reconciliation.revert(1, { untilMs, by: "mika" })).rejects.toMatchObject({
      ...{ code: "CONFLICT", message: expect.stringContaining(words) },
    });
  });

  it("knows of no other records", async () => {
    const { reconciliation } = aScene();

    await expect(reconciliation.revert(7, { untilMs, by: "mika" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
