import type { Decision, DecisionKind, DecisionScope, Finding } from "@nodekeeper/shared/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concerns, nodesOf } from "./concerns.ts";
import { createDecisionIndex } from "./decision-index.ts";
import { type KeptDecision, keptDecision } from "./kept-decision.ts";
import { worn } from "./test-support/attention-scene.ts";

function decided(kind: DecisionKind, scope: DecisionScope, more: Partial<Decision> = {}): KeptDecision {
  return keptDecision({ id: "d", kind, scope, by: "mika", reason: "", at: "2026-11-23T09:00:00.000Z", ...more });
}

describe("the nodes of a finding", () => {
  it.each<{ name: string; finding: Finding; nodes: readonly string[] }>([
    { name: "its own", finding: worn(1), nodes: ["neko"] },
    { name: "none of a finding of the cluster", finding: worn(1, { node: "" }), nodes: [""] },
    {
      name: "that which its subject is",
      finding: worn(1, { node: "", subject: { kind: "node", id: "neko" } }),
      nodes: ["", "neko"],
    },
    {
      name: "that of a disk of Longhorn",
      finding: worn(1, { node: "", subject: { kind: "longhorn-disk", id: "neko/default" } }),
      nodes: ["", "neko"],
    },
  ])("are $name", ({ finding, nodes }) => {
    expect(nodesOf(finding)).toEqual(nodes);
  });
});

describe("the index", () => {
  const nodes = fc.constantFrom("neko", "bobcat", "");
  const rules = fc.constantFrom("disk-worn", "disk-nearly-full");
  const subjects = fc.constantFrom({ kind: "disk_health", id: "a" }, { kind: "node", id: "neko" }, { kind: "node", id: "" });
  const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
  const scope = fc.record({ node: optional(nodes), rule: optional(rules), subject: optional(subjects) }).map(
    ({ node, rule, subject }): DecisionScope => ({
      ...(node === undefined ? {} : { node }),
      ...(rule === undefined ? {} : { rule }),
      ...(subject === undefined ? {} : { subject }),
    }),
  );
  const kind = fc.constantFrom<DecisionKind>("accept", "mute", "maintenance");
  const kept = fc.tuple(kind, scope).map(([what, of]) => decided(what, of));
  const finding = fc
    .record({ node: nodes, rule: rules, subject: subjects, severity: fc.constantFrom("low" as const, "high" as const) })
    .map((changes) => worn(1, changes));

  it("finds what a look at each of them finds, whatever was added and removed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kept, fc.boolean()), { maxLength: 12 }),
        fc.array(finding, { maxLength: 6 }),
        (all, findings) => {
          const index = createDecisionIndex();
          for (const [each] of all) index.add(each);
          for (const [each, isRemoved] of all) if (isRemoved) index.remove(each);
          const left = all.flatMap(([each, isRemoved]) => (isRemoved ? [] : [each]));

          for (const each of findings) {
            expect(new Set(index.about(each))).toEqual(new Set(left.filter((decision) => concerns(decision, each))));
          }
          const isMaintained = ({ decision }: KeptDecision): boolean =>
            decision.kind === "maintenance" && (decision.scope.node === undefined || decision.scope.node === "neko");
          expect(index.isInMaintenance("neko")).toBe(left.some(isMaintained));
          expect(index.size).toBe(left.length);
        },
      ),
    );
  });
});
