import type { AuditRecord, Explanation } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../../terminal.ts";
import { renderExplanation, renderExplanations } from "./explanation.ts";

const terminal = createTerminal({ isTerminal: true, columns: 100, env: { NO_COLOR: "1" } });
const at = "2026-11-23T09:00:00.000Z";
const view = { isAll: true, nowMs: Date.parse(at) + 60_000 };
const domain = "nodekeeper.example.com";

function explanation(init: Partial<Explanation> = {}): Explanation {
  return {
    ...{ reconciler: "node-labels", noun: "label", node: "neko", item: `${domain}/disks`, live: "2", owner: "ours", others: [] },
    ...{
      wanted: "value",
      value: "2",
      why: "the policy gives it from disks",
      place: "policy.yaml:3:4",
      expression: "size(disks)",
    },
    ...{ facts: [], actions: [], next: "stays so until disks or the policy changes" },
    ...init,
  };
}

describe("all explanations of a node", () => {
  it("stand in a line each, and what they wait for below, once", () => {
    const waiting = { for: "approval", text: "Nobody has approved the first plan yet." } as const;
    const { live: _, owner: __, ...absent } = explanation({ item: `${domain}/gpu`, value: "rtx", waiting });

    expect(
      renderExplanations(
        terminal,
        [
          explanation({ value: "1", waiting }),
          absent,
          explanation({ noun: "condition", item: "DiskHealthy", live: "True Fine: fine", value: "True Fine: fine" }),
        ],
        view,
      ).split("\n"),
    ).toEqual([
      `keys are those of ${domain}`,
      "",
      "           WHAT         IS         WAITS FOR  WHY",
      "label      disks        2 → 1      approval   the policy gives it from disks",
      "label      gpu          → rtx      approval   the policy gives it from disks",
      "condition  DiskHealthy  True Fine             the policy gives it from disks",
      "",
      "approval: nobody has approved the first plan yet",
    ]);
  });

  it("tell of Longhorn disk by disk, in full, and of tags that are neither there nor wanted in one line", () => {
    const { live: _, owner: __, value: ___, ...common } = explanation({ reconciler: "longhorn-disks", noun: "Longhorn setting" });
    const of = (item: string, init: Partial<Explanation>): Explanation => ({
      ...{ ...common, item, wanted: "absent", why: "no fault of it is known: it is as it was found" },
      ...init,
    });
    const name = "default-disk-c32f73c9ded3dd0d";
    const narrow = createTerminal({ isTerminal: true, columns: 60, env: { NO_COLOR: "1" } });

    const text = renderExplanations(
      narrow,
      [
        of("tags/edge", { live: "true", owner: "ours", wanted: "value", value: "true", why: "so says the policy" }),
        of(`disks/${name}/allowScheduling`, { live: "true", owner: "foreign" }),
        of(`disks/${name}/tags/hdd`, {}),
        of(`disks/${name}/tags/ssd`, {}),
      ],
      view,
    );

    expect(text.split("\n")).toEqual([
      "Longhorn's node",
      "WHAT       IS    WHY",
      "tags/edge  true  so says the policy",
      "",
      `Longhorn's disk, keys begin with disks/${name}/`,
      "WHAT             IS    WHY",
      "allowScheduling  true  no fault of it is known: it is as it",
      "                       was found",
      "neither there nor wanted: tags/hdd, tags/ssd",
    ]);
  });

  it("says of a node that is held as a whole what of it", () => {
    const {
      live: _,
      owner: __,
      ...whole
    } = explanation({ item: "", wanted: "hold", why: "no agent was heard of from this node" });

    expect(renderExplanations(terminal, [whole], view)).toContain("all labels  held  no agent was heard of from this node");
    expect(renderExplanation(terminal, whole, { ...view, records: [] })).toMatch(
      /^neko {2}all labels\n {2}should be held: it cannot be told/,
    );
  });
});

describe("an explanation", () => {
  it("shows of a write what it did to this item, and not to others", () => {
    const record: AuditRecord = {
      ...{
        id: 7,
        at,
        actor: { kind: "collector", name: "" },
        action: "reconcile.node-labels.describe",
        outcome: "done",
        detail: "",
      },
      target: { kind: "node", name: "neko" },
      changes: [
        { item: `${domain}/gpu`, after: "rtx" },
        { item: `${domain}/disks`, before: "1", after: "2" },
      ],
    };

    const text = renderExplanation(terminal, explanation({ actions: [7] }), { ...view, records: [record] });

    expect(text).toMatch(/^ {2}7 +1 min ago +collector +done +disks: 1 → 2$/m);
    expect(text).not.toContain("rtx");
  });

  it("does not say of what is as it was found that it should go", () => {
    const { value: _, ...found } = explanation({
      item: "disks/a/allowScheduling",
      live: "true",
      owner: "foreign",
      wanted: "absent",
    });

    expect(renderExplanation(terminal, found, { ...view, records: [] })).toContain(
      "should be as it is: nothing of ours is wanted",
    );
  });

  it("does not say of what is others' that it should be anything", () => {
    const theirs = explanation({ reconciler: "", item: "example.org/zone", owner: "foreign", wanted: "hold" });

    expect(renderExplanation(terminal, theirs, { ...view, records: [] })).toContain("  should be what its owner says\n");
  });
});
