import { describe, expect, it } from "vitest";
import type { PlannedOperation } from "../../api/reconcile.ts";
import {
  approvable,
  changesText,
  changeText,
  commonDomain,
  heldGroups,
  namesText,
  operationGroups,
  operationMark,
  operationsByNode,
  waitingText,
} from "./plan-reading.ts";

const domain = "nodekeeper.example.com";

function operation(init: Partial<PlannedOperation> = {}): PlannedOperation {
  return {
    ...{ reconciler: "node-labels", node: "neko", item: `${domain}/storage-class`, kind: "set", class: "describe" },
    ...{ after: "nvme", why: "all its disks are" },
    ...init,
  };
}

function removal(node: string): PlannedOperation {
  const { after: _, ...step } = operation({ node, kind: "remove", before: "nvme" });
  return step;
}

describe("a step", () => {
  it("has a mark by what is there before and after", () => {
    expect(operationMark({ after: "a" })).toBe("+");
    expect(operationMark({ before: "a", after: "b" })).toBe("~");
    expect(operationMark({ before: "a" })).toBe("-");
    expect(operationMark({ before: "a", after: "" })).toBe("~");
  });

  it("reads as a label is written, without the domain that all have", () => {
    const item = `${domain}/storage-class`;

    expect(changeText({ item, after: "nvme" }, domain)).toBe("storage-class=nvme");
    expect(changeText({ item, before: "ssd", after: "nvme" }, domain)).toBe("storage-class: ssd → nvme");
    expect(changeText({ item, before: "ssd" }, domain)).toBe("storage-class=ssd");
    expect(changeText({ item: "old.example.com/x", before: "" }, domain)).toBe("old.example.com/x");
  });

  it("leaves out a condition's message, unless nothing else changes", () => {
    const item = "DiskHealthy";

    expect(changeText({ item, after: "True NoFaultKnown: none is known" }, "")).toBe("DiskHealthy=True NoFaultKnown");
    expect(changeText({ item, before: "True A: a", after: "False B: b" }, "")).toBe("DiskHealthy: True A → False B");
    expect(changeText({ item, before: "True A: a", after: "True A: b" }, "")).toBe("DiskHealthy: True A: a → True A: b");
  });

  it("says what it waits for as the end of a sentence, and until when", () => {
    const until = "2026-11-23T09:00:40.000Z";

    expect(waitingText({ for: "dwell", text: "It must hold.", until }, Date.parse(until) - 40_000)).toBe(
      "it must hold (in 40 s)",
    );
    expect(waitingText({ for: "pause", text: "somebody paused us" }, 0)).toBe("somebody paused us");
  });

  it("waits for an approval, or for something else", () => {
    const approval = operation({ waiting: { for: "approval", text: "" } });
    const mode = operation({ waiting: { for: "mode", text: "" } });

    expect(approvable({ operations: [approval, operation({ waiting: { for: "dwell", text: "" } }), mode, operation()] })).toEqual(
      [approval, mode],
    );
  });
});

describe("the domain", () => {
  it("is that of most keys, and of conditions there is none", () => {
    expect(commonDomain(["b.com/x", "a.com/x", "b.com/y", "DiskHealthy"])).toBe("b.com");
    expect(commonDomain(["DiskHealthy"])).toBe("");
    expect(commonDomain(["tags/edge", "disks/a/tags/nvme"])).toBe("");
  });
});

describe("a large plan", () => {
  it("is told by kinds of steps: what comes first, most nodes first", () => {
    const groups = operationGroups([
      removal("otter"),
      operation({ after: "ssd", node: "badger" }),
      operation(),
      operation({ node: "neko2" }),
      operation({ node: "neko3", waiting: { for: "dwell", text: "" } }),
    ]);

    expect(groups.map(({ operation: { kind, after, waiting }, nodes }) => [kind, after, waiting?.for, nodes])).toEqual([
      ["set", "nvme", undefined, ["neko", "neko2"]],
      ["set", "ssd", undefined, ["badger"]],
      ["set", "nvme", "dwell", ["neko3"]],
      ["remove", undefined, undefined, ["otter"]],
    ]);
  });

  it("is told by nodes in the order of their names", () => {
    const some = [operation({ node: "otter" }), operation(), operation({ node: "otter", item: "DiskHealthy" })];

    expect(operationsByNode(some).map(([node, steps]) => [node, steps.length])).toEqual([
      ["neko", 1],
      ["otter", 2],
    ]);
  });

  it("tells what is held by reason, each node once", () => {
    const held = [
      { reconciler: "node-labels", node: "neko", item: "", reason: "silent" },
      { reconciler: "node-conditions", node: "neko", item: "", reason: "silent" },
      { reconciler: "longhorn-disks", node: "neko", item: "", reason: "away" },
      { reconciler: "node-labels", node: "otter", item: "", reason: "silent" },
      { reconciler: "node-labels", node: "otter", item: "b", reason: "stale" },
      { reconciler: "node-labels", node: "otter", item: "a", reason: "stale" },
    ];

    expect(heldGroups(held)).toEqual([
      { items: ["all labels"], reason: "silent", nodes: ["neko", "otter"] },
      { items: ["all conditions"], reason: "silent", nodes: ["neko"] },
      { items: ["all of Longhorn"], reason: "away", nodes: ["neko"] },
      { items: ["a", "b"], reason: "stale", nodes: ["otter"] },
    ]);
  });

  it("names some nodes and counts the rest", () => {
    expect(namesText(["a", "b", "c"], 2)).toBe("a, b, c");
    expect(namesText(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
  });
});

describe("changes of a record", () => {
  it("say what was and what is", () => {
    const changes = [
      { item: `${domain}/a`, before: "1", after: "2" },
      { item: `${domain}/b`, after: "3" },
      { item: `${domain}/c`, before: "4" },
      { item: `${domain}/d`, before: "5", after: "5" },
    ];

    expect(changesText(changes)).toBe("a: 1 → 2, b: nothing → 3, c: 4 → gone, d: 5, as before");
    expect(changesText(undefined)).toBe("");
  });
});
