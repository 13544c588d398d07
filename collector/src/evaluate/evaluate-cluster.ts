/** Asks all rules about the cluster and moves its findings on. Pure, but for rules that throw, which is told. */
import type { Finding } from "@nodekeeper/shared/api";
import { subjectKey } from "../state/subject-state.ts";
import type { ClusterRule, ClusterRuleView } from "./cluster-rule.ts";
import { type Evaluation, findingKey, type OpenFindings } from "./evaluate-node.ts";
import { live, type OpenFinding } from "./finding-life.ts";
import type { Verdict } from "./rule.ts";

/** The name that findings of the cluster bear in the place of a node's: none of a node is empty. */
export const noNode = "";

/** Evaluates the cluster. A rule that throws is told of, and its findings are held. */
export function evaluateCluster(
  rules: readonly ClusterRule[],
  view: ClusterRuleView,
  before: OpenFindings,
  onRuleFailed: (rule: ClusterRule, thrown: unknown) => void,
): Evaluation {
  const open = new Map<string, OpenFinding>();
  const resolved: Finding[] = [];
  const names = new Set(view.nodes.map((node) => node.name));
  for (const rule of rules) {
    for (const verdict of verdictsOf(rule, view, names, before, onRuleFailed)) {
      const key = findingKey(rule.code, verdict.subject);
      if (open.has(key)) continue; // a rule says one thing of a subject
      const lived = live(before.get(key), verdict, rule, noNode, view.nowMs);
      if (lived.kind === "open") open.set(key, lived.open);
      if (lived.kind === "resolved") resolved.push(lived.finding);
    }
  }
  const changed = [...open].filter(([key, { finding }]) => before.get(key)?.finding !== finding);
  return { open, changed: [...changed.map(([, { finding }]) => finding), ...resolved] };
}

/** What the rule says, and a verdict for each of its open findings of which it says nothing. */
function verdictsOf(
  rule: ClusterRule,
  view: ClusterRuleView,
  names: ReadonlySet<string>,
  before: OpenFindings,
  onRuleFailed: (rule: ClusterRule, thrown: unknown) => void,
): readonly Verdict[] {
  const own = [...before.values()].map(({ finding }) => finding).filter((finding) => finding.rule === rule.code);
  try {
    const said = rule.evaluate(view);
    const spokenOf = new Set(said.map(({ subject }) => subjectKey(subject.kind, subject.id)));
    const silent = own.filter(({ subject }) => !spokenOf.has(subjectKey(subject.kind, subject.id)));
    const isWhole = silent.length > 0 && rule.isWhole?.(view) === true;
    return [...said, ...silent.map(({ subject }) => verdictWithout(subject, isWhole, names))];
  } catch (thrown) {
    onRuleFailed(rule, thrown);
    return own.map(({ subject }) => ({ kind: "hold", subject, reason: "the rule failed" }));
  }
}

/** The list of Nodes is complete: one that is not in it is gone. */
function verdictWithout(subject: Finding["subject"], isWhole: boolean, names: ReadonlySet<string>): Verdict {
  const isGone = isWhole || (subject.kind === "node" && !names.has(subject.id));
  return isGone ? { kind: "clear", subject } : { kind: "hold", subject, reason: "nothing is known of it now" };
}
