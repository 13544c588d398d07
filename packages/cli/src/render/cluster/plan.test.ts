import type { Plan, PlannedOperation } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../../terminal.ts";
import { renderPlan } from "./plan.ts";

const terminal = createTerminal({ isTerminal: true, columns: 100, env: { NO_COLOR: "1" } });
const nowMs = Date.parse("2026-11-23T09:00:00.000Z");
const view = { isAll: false, node: undefined, nowMs };
const pause = { for: "pause", text: "somebody paused us" } as const;
const mode = { for: "mode", text: "the class is not enforced" } as const;

function step(init: Partial<PlannedOperation> = {}): PlannedOperation {
  return {
    ...{ reconciler: "node-labels", node: "neko", item: "nodekeeper.example.com/disks", kind: "change", class: "restrict" },
    ...{ before: "2", after: "1", why: "the policy gives it from disks" },
    ...init,
  };
}

function planOf(...operations: readonly PlannedOperation[]): Plan {
  return { hash: "ab12", isApproved: true, operations: [...operations], held: [] };
}

describe("a plan", () => {
  it("says once what everything waits for", () => {
    expect(
      renderPlan(terminal, planOf(step({ waiting: pause }), step({ node: "otter", waiting: pause })), view).split("\n"),
    ).toEqual([
      "keys are those of nodekeeper.example.com",
      "",
      "neko",
      "  ~ disks: 2 → 1  the policy gives it from disks",
      "otter",
      "  ~ disks: 2 → 1  the policy gives it from disks",
      "",
      "Nothing waits for an approval; what is above is done by itself. All of it waits: somebody paused us.",
    ]);
  });

  it("says of one node what its steps wait for, whatever those of others wait for", () => {
    const plan = planOf(step({ waiting: pause }), step({ node: "otter", waiting: { for: "dwell", text: "it must last" } }));

    expect(renderPlan(terminal, plan, { ...view, node: "neko" })).toContain("All of it waits: somebody paused us.");
    expect(
      renderPlan(terminal, planOf(step({ waiting: pause }), step({ node: "otter", waiting: mode })), { ...view, node: "neko" }),
    ).toContain("waits: somebody paused us");
  });

  it("says of each step when it is done where that is at different times", () => {
    const dwell = (minute: number) =>
      ({ for: "dwell", text: "it must last", until: `2026-11-23T09:0${minute}:00.000Z` }) as const;
    const text = renderPlan(terminal, planOf(step({ waiting: dwell(1) }), step({ node: "otter", waiting: dwell(2) })), view);

    expect(text.match(/waits: it must last \(in \d min\)/g)).toEqual([
      "waits: it must last (in 1 min)",
      "waits: it must last (in 2 min)",
    ]);
    expect(text).not.toContain("All of it");
  });

  it("says in full, and once for a node, why the last attempt failed", () => {
    const retry = {
      for: "retry",
      text: `The last attempt did not succeed: ${"the API server refused it ".repeat(5)}`.trim(),
    } as const;
    const plan = planOf(step({ waiting: retry }), step({ item: "board", waiting: retry }), step({ node: "otter" }));
    const lines = renderPlan(terminal, plan, view).split("\n");

    expect(lines.slice(2, 7)).toEqual([
      "neko",
      "  all of it waits: the last attempt did not succeed: the API server refused it the API server",
      "                   refused it the API server refused it the API server refused it the API server",
      "                   refused it",
      "  ~ disks: 2 → 1  the policy gives it from disks",
    ]);
  });

  it("promises nothing of a node of which there is nothing to do", () => {
    expect(renderPlan(terminal, planOf(step({ waiting: pause })), { ...view, node: "otter" })).toBe(
      "Nothing waits: everything that can be told is as it should be.",
    );
  });
});
