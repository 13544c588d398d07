import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { disk, list, observation } from "../test-support/observations.ts";
import { aRule, held, raised, sda } from "../test-support/rules.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { evaluateNode, type OpenFindings } from "./evaluate-node.ts";
import type { Rule } from "./rule.ts";

const none: OpenFindings = new Map();
const declared = raised({ isDeclared: true });

function viewOf(facts: Parameters<typeof observation>[0] | undefined, atMs = startMs) {
  const node = facts === undefined ? connectedNode() : observed(connectedNode(), observation(facts));
  return viewNode(node, atMs);
}

function evaluate(rules: readonly Rule[], before: OpenFindings = none, view = viewOf(undefined)) {
  return evaluateNode(rules, view, before, (rule, thrown) => {
    throw new Error(`${rule.code} failed`, { cause: thrown });
  });
}

function findings(open: OpenFindings) {
  return [...open.values()].map(({ finding }) => finding);
}

describe("evaluateNode", () => {
  it("tells only what changed", () => {
    const rule = aRule(() => [declared]);

    const first = evaluate([rule]);
    const second = evaluate([rule], first.open);

    expect(first.changed).toMatchObject([{ state: "firing", text: "it is broken" }]);
    expect(second.changed).toEqual([]);
    expect(findings(second.open)).toEqual(findings(first.open));
  });

  it("marks consequences while their cause fires, and clears the mark when it does not", () => {
    const node = { kind: "node", id: "" };
    const cause = aRule(() => [{ ...declared, subject: node }], { code: "cause", clearMs: 0 });
    const gone = aRule(() => [{ kind: "clear", subject: node }], { code: "cause", clearMs: 0 });
    const consequence = aRule(() => [declared], { code: "consequence", dependsOn: ["cause"] });

    const both = evaluate([cause, consequence]);
    const after = evaluate([gone, consequence], both.open);

    const causeId = findings(both.open).find((finding) => finding.rule === "cause")?.id;
    expect(causeId).toBeDefined();
    expect(findings(both.open).find((finding) => finding.rule === "consequence")?.suppressedBy).toBe(causeId);
    expect(findings(after.open).map(({ rule, suppressedBy }) => [rule, suppressedBy])).toEqual([["consequence", undefined]]);
    expect(after.changed.map(({ rule, state }) => [rule, state])).toEqual([
      ["consequence", "firing"],
      ["cause", "resolved"],
    ]);
  });

  it("marks one finding of a rule as a consequence and leaves the rule's others, also while it is held", () => {
    const node = { kind: "node", id: "" };
    const cause = aRule(() => [{ ...declared, subject: node }], { code: "cause" });
    const other = raised({ isDeclared: true, subject: { kind: "block_device", id: "sdb" } });
    const rule = aRule(() => [raised({ isDeclared: true, dependsOn: ["cause"] }), other]);
    const silent = aRule(() => [held, other]);
    const onItsOwn = aRule(() => [declared, other]);
    const causesOf = (open: OpenFindings): readonly boolean[] =>
      findings(open)
        .filter((finding) => finding.rule === "test-rule")
        .map((finding) => finding.suppressedBy !== undefined);

    const first = evaluate([cause, rule]);
    const later = evaluate([cause, silent], first.open);

    expect(causesOf(first.open)).toEqual([true, false]);
    expect(causesOf(later.open)).toEqual([true, false]);
    expect(causesOf(evaluate([cause, onItsOwn], later.open).open)).toEqual([false, false]);
  });

  it("does not mark consequences of what is only pending", () => {
    const cause = aRule(() => [raised()], { code: "cause" });
    const consequence = aRule(() => [declared], { code: "consequence", dependsOn: ["cause"] });

    expect(findings(evaluate([cause, consequence]).open).map((finding) => finding.suppressedBy)).toEqual([undefined, undefined]);
  });

  it.each([
    {
      name: "is resolved when a fresh complete list lacks its subject",
      facts: { lists: [list("block_device", true)] },
      ageMs: 0,
      open: 0,
    },
    { name: "stays when the list is not whole", facts: { lists: [list("block_device", false)] }, ageMs: 0, open: 1 },
    { name: "stays when the list is old", facts: { lists: [list("block_device", true)] }, ageMs: 3_600_000, open: 1 },
    { name: "stays when nothing was ever listed", facts: undefined, ageMs: 120_000, open: 1 },
    {
      name: "stays when the subject is there",
      facts: { subjects: [disk("sda")], lists: [list("block_device", true)] },
      ageMs: 0,
      open: 1,
    },
  ])("a finding of which its rule says nothing $name", ({ facts, ageMs, open }) => {
    const before = evaluate([aRule(() => [declared], { clearMs: 0 })]).open;

    const after = evaluate([aRule(() => [], { clearMs: 0 })], before, viewOf(facts, startMs + ageMs));

    expect(findings(after.open)).toHaveLength(open);
    if (open === 1) expect(findings(after.open)[0]).toMatchObject({ state: "firing", isHeld: true });
  });

  it("holds the findings of a rule that throws, and asks the others all the same", () => {
    const before = evaluate([aRule(() => [declared])]).open;
    const broken = aRule(() => {
      throw new Error("a bug");
    });
    const failed: string[] = [];

    const after = evaluateNode([broken, aRule(() => [declared], { code: "other" })], viewOf(undefined), before, (rule) =>
      failed.push(rule.code),
    );

    expect(failed).toEqual(["test-rule"]);
    expect(findings(after.open).map(({ rule, isHeld }) => [rule, isHeld])).toEqual([
      ["test-rule", true],
      ["other", false],
    ]);
  });

  it("gives a rule its own firing finding, not a pending one, nor that of another rule", () => {
    const seen: (string | undefined)[] = [];
    const looking = (code: string, verdict = declared): Rule => ({
      ...aRule(() => [verdict], { code }),
      evaluate(_, firing) {
        seen.push(firing(sda)?.rule);
        return [verdict];
      },
    });

    const first = evaluate([looking("one"), looking("two", raised())]);
    evaluate([looking("one", held), looking("two", held)], first.open);

    expect(seen).toEqual([undefined, undefined, "one", undefined]);
  });
});
