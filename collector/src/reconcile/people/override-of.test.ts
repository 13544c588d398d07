import { describe, expect, it } from "vitest";
import type { Expression } from "../../policy/expression.ts";
import { aPolicy, domain } from "../test-support/world-of.ts";
import { overrideOf } from "./override-of.ts";

const nowMs = Date.UTC(2026, 10, 23, 8);
const expression: Expression = {
  text: "true",
  place: "policy.yaml:1:1",
  evaluate: () => ({ kind: "value", value: true, reads: [] }),
};
const policy = aPolicy({ taints: [{ key: "no-storage", value: "", effect: "NoSchedule", when: expression }] });
const make = (item: string, value?: string) =>
  overrideOf(
    { node: "neko", item, ...(value === undefined ? {} : { value }), forSeconds: 3_600, reason: " until friday " },
    { by: "mika", nowMs, policy },
  );

describe("an override", () => {
  it.each(["board", `${domain}/board`])("may name the label as %s", (item) => {
    expect(make(item, "raspberry-pi-5")).toEqual({
      ...{ reconciler: "node-labels", key: "neko", item: `${domain}/board`, value: "raspberry-pi-5", by: "mika" },
      ...{ reason: "until friday", atMs: nowMs, untilMs: nowMs + 3_600_000 },
    });
  });

  it("without a value wants the label not to be there, and an empty value is a value", () => {
    expect(make("board").value).toBeUndefined();
    expect(make("board", "").value).toBe("");
  });

  it("may name a tag of Longhorn, of a disk or of its node", () => {
    expect(make("disks/d/tags/nvme", "true")).toMatchObject({
      reconciler: "longhorn-disks",
      item: "disks/d/tags/nvme",
      value: "true",
    });
    expect(make("tags/core").value).toBeUndefined();
  });

  it.each([
    ["disks/d/allowScheduling", "true", "disks/d/allowScheduling is decided by the health of the disk"],
    ["disks/d/tags/nvme", "yes", "a tag is there or not: disks/d/tags/nvme=true"],
    ["tags/-x", "true", '"-x" cannot be a tag'],
    [
      "kubernetes.io/hostname",
      "x",
      "kubernetes.io/hostname is not in our domain: only labels of nodekeeper.example can be overridden",
    ],
    ["GPUHealthy", "True", "GPUHealthy is a condition: it says what is"],
    ["no-storage", "true", "nodekeeper.example/no-storage is a taint: only labels can be overridden"],
    ["-board", "x", '"-board" cannot be the key of a label'],
    [`${domain}/`, "x", "cannot be the key of a label"],
    ["x".repeat(64), "x", "cannot be the key of a label: it has 1 to 63 letters"],
    ["a/b/c", "x", "is not in our domain"],
    ["board", "raspberry pi", '"raspberry pi" cannot be a label: the value of a label has letters'],
    ["board", "x".repeat(64), "it has 64 characters, and the value of a label has at most 63"],
  ])("of %s with the value %s is refused in words", (item, value, message) => {
    expect(() => make(item, value)).toThrow(
      expect.objectContaining({ code: "REQUEST_INVALID", message: expect.stringContaining(message) }),
    );
  });
});
