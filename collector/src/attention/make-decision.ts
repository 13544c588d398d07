/** What somebody asks for as a decision, or why it is none. Pure. */
import { AppError, nearest } from "@nodekeeper/shared";
import type { Decision, DecisionRequest, DecisionScope, Finding } from "@nodekeeper/shared/api";
import { isoTime } from "../state/iso-time.ts";
import { concerns, matches } from "./concerns.ts";
import { type KeptDecision, keptDecision } from "./kept-decision.ts";

/** What it is made from. */
export interface DecisionGiven {
  readonly id: string;
  readonly by: string;
  /** On the collector's clock. */
  readonly nowMs: number;
  /** All open ones. */
  readonly findings: readonly Finding[];
  /** Names of all nodes, of agents and of the cluster. */
  readonly nodes: readonly string[];
  /** Codes of all rules. */
  readonly rules: readonly string[];
}

const yearMs = 366 * 86_400_000;

/** Makes it; throws NOT_FOUND or REQUEST_INVALID. */
export function makeDecision(wanted: DecisionRequest, given: DecisionGiven): KeptDecision {
  const { kind, reason = "", startsAt, forSeconds } = wanted;
  const { id, by, nowMs } = given;
  const { scope, finding } = aboutWhat(wanted, given);
  checkTerm(wanted, nowMs);
  const startsAtMs = Math.max(nowMs, startsAt === undefined ? nowMs : Date.parse(startsAt));
  const decision: Decision = {
    ...{ id, kind, scope, by, reason, at: isoTime(nowMs) },
    ...(startsAtMs > nowMs ? { from: isoTime(startsAtMs) } : {}),
    ...(forSeconds === undefined ? {} : { until: isoTime(startsAtMs + forSeconds * 1000) }),
  };
  switch (kind) {
    case "acknowledge": {
      if (finding === undefined) throw invalid("what is acknowledged is one finding: name it in `finding`");
      const { severity, measure } = finding;
      const seen = { severity, ...(measure === undefined ? {} : { level: measure.level }) };
      return keptDecision({ ...decision, seen }, finding.id);
    }
    case "accept":
      checkIsAdvice(keptDecision(decision), finding, given.findings);
      return keptDecision(decision);
    case "mute":
      return keptDecision(decision);
    case "maintenance": {
      const { node, rule, subject } = scope;
      if (wanted.finding !== undefined || rule !== undefined || subject !== undefined || node === "")
        throw invalid("maintenance is about a node, or about all: `scope` has nothing but `node`, or nothing");
      return keptDecision(decision);
    }
  }
}

/** In words, e.g. "disk-worn of neko (disk /dev/sda)". */
export function scopeText({ node, rule, subject }: DecisionScope): string {
  const what = rule ?? (subject === undefined ? "all findings" : "findings");
  const whose = node === undefined ? "of all nodes" : node === "" ? "of the cluster" : `of ${node}`;
  return `${what} ${whose}${subject === undefined ? "" : ` (${`${subject.kind} ${subject.id}`.trim()})`}`;
}

function aboutWhat(
  { finding: id, scope }: DecisionRequest,
  { findings, nodes, rules }: DecisionGiven,
): { readonly scope: DecisionScope; readonly finding: Finding | undefined } {
  if ((id === undefined) === (scope === undefined))
    throw invalid("name either a `finding` or a `scope`; an empty scope is everything");
  if (scope !== undefined) {
    const { node, rule } = scope;
    if (node !== undefined && node !== "" && !nodes.includes(node)) throw unknown("node is called", node, nodes);
    if (rule !== undefined && !rules.includes(rule)) throw unknown("rule is called", rule, rules);
    return { scope, finding: undefined };
  }
  const finding = findings.find((each) => each.id === id);
  if (finding === undefined) throw new AppError("NOT_FOUND", `no open finding has the id "${id}": it may be over by now`);
  const { node, rule, subject } = finding;
  return { scope: { node, rule, subject }, finding };
}

function checkTerm({ kind, startsAt, forSeconds }: DecisionRequest, nowMs: number): void {
  if (forSeconds === undefined && (kind === "mute" || kind === "maintenance"))
    throw invalid(`${kind} needs an end: say for how long in \`forSeconds\``);
  if (startsAt === undefined) return;
  if (kind !== "maintenance") throw invalid("only maintenance may begin later");
  if (Date.parse(startsAt) > nowMs + yearMs) throw invalid("`startsAt` is more than a year from now");
}

/** What is louder is not accepted: it is mended, acknowledged or muted. */
function checkIsAdvice(accepted: KeptDecision, finding: Finding | undefined, findings: readonly Finding[]): void {
  const { scope } = accepted.decision;
  if (scope.rule === undefined) throw invalid("what is accepted is the advice of one rule: name it in `scope.rule`");
  const open = finding === undefined ? findings.filter((each) => matches(scope, each)) : [finding];
  const [louder] = open.filter((each) => !concerns(accepted, each));
  if (louder === undefined || open.some((each) => concerns(accepted, each))) return;
  throw invalid(
    `only advice (low severity) is accepted, and ${louder.rule} is of ${louder.severity} severity now: acknowledge it, or mute it for a while`,
  );
}

function unknown(what: string, name: string, names: readonly string[]): AppError {
  const suggestion = nearest(name, names);
  return new AppError("NOT_FOUND", `no ${what} "${name}"${suggestion === undefined ? "" : `; did you mean "${suggestion}"?`}`);
}

function invalid(message: string): AppError {
  return new AppError("REQUEST_INVALID", message);
}
