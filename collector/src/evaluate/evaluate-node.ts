/** Asks all rules about one node and moves its findings on. Pure, but for rules that throw, which is told. */
import type { Finding } from "@nodekeeper/shared/api";
import type { NodeView } from "../state/node-view.ts";
import { subjectKey } from "../state/subject-state.ts";
import { afterJump, hold, live, type OpenFinding } from "./finding-life.ts";
import type { Rule, SubjectRef, Verdict } from "./rule.ts";

/** Open findings of a node by rule and subject. */
export type OpenFindings = ReadonlyMap<string, OpenFinding>;

/** What an evaluation brought. */
export interface Evaluation {
  readonly open: OpenFindings;
  /** Findings that are new, differ from before, or are resolved. */
  readonly changed: readonly Finding[];
}

/** What was not written is up to a minute old when ingest pauses its agents; and a start takes a while. */
const restartMs = 90_000;
/** NTP corrects less all the time, and it does not matter. */
const toleratedJumpMs = 5_000;

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
      const known = before.get(key);
      if (verdict.kind === "await") {
        if (known !== undefined) after.set(key, known);
        continue;
      }
      const lived = live(known, verdict, rule, view.node.name, view.nowMs);
      if (lived.kind === "open") after.set(key, lived.open);
      if (lived.kind === "resolved") resolved.push(lived.finding);
    }
  }
  const open = suppress(rules, after);
  const changed = [...open].filter(([key, { finding }]) => before.get(key)?.finding !== finding);
  return { open, changed: [...changed.map(([, { finding }]) => finding), ...resolved] };
}

/** What is known of the subject is only remembered yet: its finding stays as it is, its times too. */
interface Await {
  readonly kind: "await";
  readonly subject: SubjectRef;
}

/** Whatever a rule says of a thing of which nothing was heard lately, nothing is known of it: what comes late from a spool ends nothing, and begins nothing. */
function onFacts(verdict: Verdict, view: NodeView): Verdict | Await {
  const { kind, subject } = verdict;
  const isHeard = wasHeard(view.node);
  if (kind === "hold" && isHeard) return verdict;
  const told = view.subjects.filter((each) => each.id === subject.id && each.kind === subject.kind);
  if (told.length === 0) return verdict;
  if (!isHeard && mayHaveSaidMore(view)) return { kind: "await", subject };
  if (kind === "hold") return verdict;
  if (told.every(({ freshness }) => freshness !== "fresh"))
    return { kind: "hold", subject, reason: "nothing was heard of it lately" };
  return isHeard ? verdict : { kind: "await", subject };
}

/**
 * Whether its agent said anything to this process. What is remembered of it may be older than its findings, of which the last may be told by
 * observations that were not written: until it says them again they stay as they are, but for those of which nothing is known any more, or others tell.
 */
function wasHeard({ probes, clockSkewMs }: NodeView["node"]): boolean {
  if (clockSkewMs !== undefined) return true;
  for (const { isRestored } of probes.values()) if (isRestored !== true) return true;
  return false;
}

/** Whether its agent spoke until just now to the process before, which may have known more than was written: not even that nothing is known is known. */
function mayHaveSaidMore({ node, nowMs }: NodeView): boolean {
  return nowMs - node.lastContactAtMs < restartMs;
}

/** Key of a finding among those of its node; no code of a rule is one. */
export function findingKey(rule: string, subject: SubjectRef): string {
  return `${rule} ${subjectKey(subject.kind, subject.id)}`;
}

/** What the rule says, and a verdict for each of its open findings of which it says nothing. */
function verdictsOf(
  rule: Rule,
  view: NodeView,
  before: OpenFindings,
  onRuleFailed: (rule: Rule, thrown: unknown) => void,
): readonly (Verdict | Await)[] {
  const own = [...before.values()].map((open) => open.finding).filter((finding) => finding.rule === rule.code);
  try {
    const said = rule.evaluate(view, (subject) => {
      const finding = before.get(findingKey(rule.code, subject))?.finding;
      return finding?.state === "firing" ? finding : undefined;
    });
    // Where none of its findings is open, clear and hold change nothing: that is nearly every verdict of a fleet that is well.
    if (own.length === 0) return said.filter((verdict) => verdict.kind === "raise").map((verdict) => onFacts(verdict, view));
    const spokenOf = new Set(said.map((verdict) => subjectKey(verdict.subject.kind, verdict.subject.id)));
    const silent = own.filter((finding) => !spokenOf.has(subjectKey(finding.subject.kind, finding.subject.id)));
    return [...said.map((verdict) => onFacts(verdict, view)), ...silent.map((finding) => verdictWithout(rule, finding, view))];
  } catch (thrown) {
    onRuleFailed(rule, thrown);
    return own.map((finding) => ({ kind: "hold", subject: finding.subject, reason: "the rule failed" }));
  }
}

/** Only a fresh and complete list proves that a subject is gone. */
function verdictWithout(rule: Rule, finding: Finding, view: NodeView): Verdict | Await {
  const { subject } = finding;
  const isListed = view.lists.some((list) => list.kind === subject.kind && list.isComplete && list.freshness === "fresh");
  const isThere = view.subjects.some((other) => other.kind === subject.kind && other.id === subject.id);
  const isHeard = wasHeard(view.node);
  if (!isHeard && mayHaveSaidMore(view)) return { kind: "await", subject };
  if (!isListed || isThere) return { kind: "hold", subject, reason: "nothing is known of it now" };
  if (!isHeard) return { kind: "await", subject };
  return rule.concludeGone?.(finding, view) ?? { kind: "clear", subject };
}

/** Marks consequences: while a finding of a rule that theirs depends on fires, they are not counted. */
function suppress(rules: readonly Rule[], open: ReadonlyMap<string, OpenFinding>): OpenFindings {
  const dependsOn = new Map(rules.map((rule) => [rule.code, rule.dependsOn]));
  const firing = new Map(
    [...open].flatMap(([key, { finding }]) =>
      finding.state === "firing"
        ? [
            [finding.rule, finding.id],
            [key, finding.id],
          ]
        : [],
    ),
  );
  return new Map(
    [...open].map(([key, entry]) => {
      const causes = [...(dependsOn.get(entry.finding.rule) ?? []), ...(entry.dependsOn ?? [])];
      const cause = causes.map((code) => firing.get(code)).find((id) => id !== undefined);
      if (cause === entry.finding.suppressedBy) return [key, entry];
      const { suppressedBy: _, ...rest } = entry.finding;
      return [key, { ...entry, finding: cause === undefined ? rest : { ...rest, suppressedBy: cause } }];
    }),
  );
}

/** All of them, after the wall clock gained so much on the monotonic one since they were looked at; the same where that is not worth a word. */
export function allAfterJump(open: OpenFindings, jumpMs: number): OpenFindings {
  return jumpMs < toleratedJumpMs ? open : new Map([...open].map(([key, entry]) => [key, afterJump(entry, jumpMs)]));
}

/** All of them, of which nothing can be told for now. */
export function holdAll(open: OpenFindings, nowMs: number): OpenFindings {
  return new Map([...open].map(([key, entry]) => [key, hold(entry, nowMs)]));
}
