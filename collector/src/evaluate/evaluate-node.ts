/** Asks all rules about one node and moves its findings on. Pure, but for rules that throw, which is told. */
import type { Finding } from "@nodekeeper/shared/api";
import { subjectKey } from "../state/node-state.ts";
import type { NodeView } from "../state/node-view.ts";
import { hold, live, type OpenFinding } from "./finding-life.ts";
import type { Rule, SubjectRef, Verdict } from "./rule.ts";

/** Open findings of a node by rule and subject. */
export type OpenFindings = ReadonlyMap<string, OpenFinding>;

/** What an evaluation brought. */
export interface Evaluation {
  readonly open: OpenFindings;
  /** Findings that are new, differ from before, or are resolved. */
  readonly changed: readonly Finding[];
}

/** Evaluates a node. A rule that throws is told of, and its findings are held. */
export function evaluateNode(
  rules: readonly Rule[],
  view: NodeView,
  before: OpenFindings,
  onRuleFailed: (rule: Rule, thrown: unknown) => void,
): Evaluation {
  const after = new Map<string, OpenFinding>();
  const resolved: Finding[] = [];
  for (const rule of rules) {
    for (const verdict of verdictsOf(rule, view, before, onRuleFailed)) {
      const key = findingKey(rule.code, verdict.subject);
      if (after.has(key)) continue; // a rule says one thing of a subject
      const lived = live(before.get(key), verdict, rule, view.node.name, view.nowMs);
      if (lived.kind === "open") after.set(key, lived.open);
      if (lived.kind === "resolved") resolved.push(lived.finding);
    }
  }
  const open = suppress(rules, after);
  const changed = [...open].filter(([key, { finding }]) => before.get(key)?.finding !== finding);
  return { open, changed: [...changed.map(([, { finding }]) => finding), ...resolved] };
}

/** Key of a finding among those of its node. */
export function findingKey(rule: string, subject: SubjectRef): string {
  return `${rule} ${subjectKey(subject.kind, subject.id)}`;
}

/** What the rule says, and a verdict for each of its open findings of which it says nothing. */
function verdictsOf(
  rule: Rule,
  view: NodeView,
  before: OpenFindings,
  onRuleFailed: (rule: Rule, thrown: unknown) => void,
): readonly Verdict[] {
  const own = [...before.values()].map((open) => open.finding).filter((finding) => finding.rule === rule.code);
  try {
    const said = rule.evaluate(view, (subject) => {
      const finding = before.get(findingKey(rule.code, subject))?.finding;
      return finding?.state === "firing" ? finding : undefined;
    });
    // Where none of its findings is open, clear and hold change nothing: that is nearly every verdict of a fleet that is well.
    if (own.length === 0) return said.filter((verdict) => verdict.kind === "raise");
    const spokenOf = new Set(said.map((verdict) => subjectKey(verdict.subject.kind, verdict.subject.id)));
    const silent = own.filter((finding) => !spokenOf.has(subjectKey(finding.subject.kind, finding.subject.id)));
    return [...said, ...silent.map((finding) => verdictWithout(finding, view))];
  } catch (thrown) {
    onRuleFailed(rule, thrown);
    return own.map((finding) => ({ kind: "hold", subject: finding.subject, reason: "the rule failed" }));
  }
}

/** Only a fresh and complete list proves that a subject is gone. */
function verdictWithout({ subject }: Finding, view: NodeView): Verdict {
  const isListed = view.lists.some((list) => list.kind === subject.kind && list.isComplete && list.freshness === "fresh");
  const isThere = view.subjects.some((other) => other.kind === subject.kind && other.id === subject.id);
  return isListed && !isThere ? { kind: "clear", subject } : { kind: "hold", subject, reason: "nothing is known of it now" };
}

/** Marks consequences: while a finding of a rule that theirs depends on fires, they are not counted. */
function suppress(rules: readonly Rule[], open: ReadonlyMap<string, OpenFinding>): OpenFindings {
  const dependsOn = new Map(rules.map((rule) => [rule.code, rule.dependsOn]));
  const firing = new Map(
    [...open.values()].flatMap(({ finding }) => (finding.state === "firing" ? [[finding.rule, finding.id]] : [])),
  );
  return new Map(
    [...open].map(([key, entry]) => {
      const cause = dependsOn
        .get(entry.finding.rule)
        ?.map((code) => firing.get(code))
        .find((id) => id !== undefined);
      if (cause === entry.finding.suppressedBy) return [key, entry];
      const { suppressedBy: _, ...rest } = entry.finding;
      return [key, { ...entry, finding: cause === undefined ? rest : { ...rest, suppressedBy: cause } }];
    }),
  );
}

/** All of them, of which nothing can be told for now. */
export function holdAll(open: OpenFindings): OpenFindings {
  return new Map([...open].map(([key, entry]) => [key, hold(entry)]));
}
