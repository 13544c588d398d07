import { describe, expect, it } from "vitest";
import type { AuditRecord } from "../../api/audit.ts";
import { foldAudit } from "./fold-audit.ts";

const changes = [{ item: "a", after: "1" }];
let lastId = 0;

function record(outcome: AuditRecord["outcome"], init: Partial<AuditRecord> = {}): AuditRecord {
  lastId += 1;
  return {
    ...{ id: lastId, at: "2026-11-23T09:00:00.000Z", actor: { kind: "collector", name: "" }, action: "node-labels.write" },
    ...{ target: { kind: "node", name: "neko" }, outcome, detail: "" },
    ...init,
  };
}

/** Newest first, as the API gives them. */
const fold = (...oldestFirst: readonly AuditRecord[]) => foldAudit(oldestFirst.toReversed());

describe("foldAudit", () => {
  it("leaves out what was begun where it is said how it ended, which then has the changes", () => {
    const begun = record("begun", { changes });
    const done = record("done");

    expect(fold(begun, done)).toEqual([{ ...done, changes }]);
  });

  it("keeps what never ended, and tells it from one that was tried again", () => {
    const lost = record("begun", { changes });
    const begun = record("begun", { changes });
    const failed = record("failed", { changes });

    expect(fold(lost, begun, failed)).toEqual([failed, lost]);
  });

  it("mixes up neither nodes nor actions", () => {
    const begun = record("begun", { target: { kind: "node", name: "otter" } });
    const other = record("begun", { action: "node-conditions.write" });
    const done = record("done");

    expect(fold(begun, other, done)).toEqual([done, other, begun]);
  });

  it("keeps a beginning whose end is on no page yet, and ends without one", () => {
    const done = record("done");
    const begun = record("begun");

    expect(fold(done, begun)).toEqual([begun, done]);
  });
});
