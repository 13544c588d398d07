import { describe, expect, it } from "vitest";
import type { Decisions, Override } from "./decisions.ts";
import { foreignOverrides, overridesInForce, withoutForeign } from "./in-force.ts";

const domain = "nodekeeper.example";
const nowMs = Date.UTC(2026, 10, 23);
const override = (init: Partial<Override>): Override => ({
  ...{ reconciler: "node-labels", key: "neko", item: `${domain}/board`, value: "pi", by: "mika", reason: "" },
  ...{ atMs: nowMs - 1, untilMs: nowMs + 1 },
  ...init,
});
const good = override({});
const ended = override({ item: `${domain}/mood`, untilMs: nowMs });
const foreign = override({ item: "kubernetes.io/hostname" });
const condition = override({ reconciler: "node-conditions", item: `${domain}/board` });

function decided(...overrides: readonly Override[]): Decisions {
  return { approval: undefined, overrides };
}

describe("overrides", () => {
  it("count where they are labels of our domain and did not end", () => {
    expect(overridesInForce(decided(good, ended, foreign, condition), domain, nowMs)).toEqual([good]);
    expect(overridesInForce(undefined, domain, nowMs)).toEqual([]);
  });

  it("count where they are tags of Longhorn, and never for how its disks are switched", () => {
    const tag = override({ reconciler: "longhorn-disks", item: "disks/d/tags/nvme" });
    const scheduling = override({ reconciler: "longhorn-disks", item: "disks/d/allowScheduling" });

    expect(overridesInForce(decided(tag, scheduling), domain, nowMs)).toEqual([tag]);
  });

  it("are left out for reconcilers where they are of others, and are the same decisions where none is", () => {
    const all = decided(good, ended);

    expect(withoutForeign(all, domain)).toBe(all);
    expect(withoutForeign(decided(good, foreign, condition, ended), domain)).toEqual(all);
    expect(withoutForeign(all, "another.example").overrides).toEqual([]);
  });

  it("that do not count are told of while they would", () => {
    expect(
      foreignOverrides(decided(good, foreign, override({ item: "old.example/board", untilMs: nowMs })), domain, nowMs),
    ).toEqual([
      "the override of kubernetes.io/hostname on neko does not count: only labels of nodekeeper.example and tags of Longhorn can be overridden",
    ]);
  });
});
