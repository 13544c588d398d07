/**
 * The life of a finding: inactive → pending → firing → resolved. Pure. A condition must hold for the rule's hold time before it fires, and
 * must be gone for its clear time before it is resolved; what cannot be told moves nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { assertNever } from "@nodekeeper/shared";
import type { Finding, Severity } from "@nodekeeper/shared/api";
import type { RuleTerms, Verdict } from "./rule.ts";

/** A finding that is pending or firing. */
export interface OpenFinding {
  readonly finding: Finding;
  readonly pendingSinceMs: number;
  /** Since when the condition is gone without a break; undefined while it holds or cannot be told. */
  readonly clearSinceMs: number | undefined;
  /** Since when nothing can be told of it; undefined while it can. While it is pending, that time does not count. */
  readonly heldSinceMs?: number | undefined;
  /** Of one that was restored, until something was told of it since: when it was told of last. */
  readonly toldUntilMs?: number | undefined;
  /** As its last raise said; after a restart of the collector, until the next one, the rule of which it was a consequence. */
  readonly dependsOn?: readonly string[];
}

/** What became of a finding. */
export type Lived =
  | { readonly kind: "inactive" }
  | { readonly kind: "open"; readonly open: OpenFinding }
  | { readonly kind: "resolved"; readonly finding: Finding };

/** One that goes up and down all the time says no more with more of them. */
const keptChanges = 8;

/** One step, by one verdict of its rule. `open` stays the same object when nothing changed. */
export function live(open: OpenFinding | undefined, verdict: Verdict, rule: RuleTerms, node: string, nowMs: number): Lived {
  switch (verdict.kind) {
    case "raise":
      return { kind: "open", open: raise(open, verdict, rule, node, nowMs) };
    case "clear":
      return open === undefined ? { kind: "inactive" } : clear(open, verdict.clearMs ?? rule.clearMs, nowMs);
    case "hold":
      return open === undefined ? { kind: "inactive" } : { kind: "open", open: hold(open, nowMs) };
    default:
      return assertNever(verdict, "verdict");
  }
}

/** The finding, over; with what ended it where its condition was not seen to end. */
export function resolve(finding: Finding, nowMs: number, resolvedBecause?: string): Finding {
  const { suppressedBy: _, clearSince: __, heldSince: ___, ...rest } = finding;
  const ended = { ...rest, state: "resolved", isHeld: false, resolvedAt: timestamp(nowMs) } as const;
  return resolvedBecause === undefined ? ended : { ...ended, resolvedBecause };
}

/** Nothing can be told of it now. */
export function hold(open: OpenFinding, nowMs: number): OpenFinding {
  const { clearSince: _, ...finding } = open.finding;
  const heldSinceMs = open.heldSinceMs ?? open.toldUntilMs ?? nowMs;
  const held = finding.state === "pending" ? { heldSince: timestamp(heldSinceMs) } : {};
  return changed(open, { ...finding, isHeld: true, ...held }, { heldSinceMs });
}

/** As it was before a restart of the collector, which was told of it until then: its times go on, but for those of which nothing is known. */
export function reopen(finding: Finding, toldUntilMs: number): OpenFinding {
  return {
    finding: { ...finding, isHeld: true },
    pendingSinceMs: Date.parse(finding.pendingSince),
    clearSinceMs: finding.clearSince === undefined ? undefined : Date.parse(finding.clearSince),
    heldSinceMs: finding.heldSince === undefined ? undefined : Date.parse(finding.heldSince),
    toldUntilMs,
    ...(finding.suppressedBy === undefined ? {} : { dependsOn: [ruleOfFindingId(finding.suppressedBy)] }),
  };
}

/** After the clock was set forward, or the machine slept: what lasted for a while has lasted no longer for that. */
export function afterJump(open: OpenFinding, jumpMs: number): OpenFinding {
  const { finding, clearSinceMs, heldSinceMs, toldUntilMs } = open;
  if (finding.state !== "pending" && clearSinceMs === undefined) return open;
  const later = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms + jumpMs);
  const pendingSinceMs = finding.state === "pending" ? open.pendingSinceMs + jumpMs : open.pendingSinceMs;
  return {
    ...open,
    finding: {
      ...finding,
      pendingSince: timestamp(pendingSinceMs),
      ...(finding.clearSince === undefined ? {} : { clearSince: timestamp(Date.parse(finding.clearSince) + jumpMs) }),
      ...(finding.heldSince === undefined ? {} : { heldSince: timestamp(Date.parse(finding.heldSince) + jumpMs) }),
    },
    ...{ pendingSinceMs, clearSinceMs: later(clearSinceMs), heldSinceMs: later(heldSinceMs), toldUntilMs: later(toldUntilMs) },
  };
}

function raise(
  open: OpenFinding | undefined,
  verdict: Extract<Verdict, { readonly kind: "raise" }>,
  rule: RuleTerms,
  node: string,
  nowMs: number,
): OpenFinding {
  const pendingSinceMs = open === undefined ? nowMs : pendingSince(open, nowMs);
  const isDue = verdict.isDeclared === true || nowMs - pendingSinceMs >= rule.holdMs;
  const firingSince = open?.finding.firingSince ?? (isDue ? timestamp(nowMs) : undefined);
  const finding: Finding = {
    id: open?.finding.id ?? findingId(rule, node, verdict.subject, pendingSinceMs),
    rule: rule.code,
    title: rule.title,
    severity: verdict.severity ?? rule.severity,
    state: firingSince === undefined ? "pending" : "firing",
    node,
    subject: verdict.subject,
    text: verdict.text,
    action: verdict.action,
    evidence: [...verdict.evidence],
    ...(verdict.measure === undefined ? {} : { measure: verdict.measure }),
    pendingSince: timestamp(pendingSinceMs),
    ...(firingSince === undefined ? {} : { firingSince }),
    isHeld: false,
    ...severityChangesOf(open?.finding, verdict.severity ?? rule.severity, nowMs),
    ...(open?.finding.suppressedBy === undefined ? {} : { suppressedBy: open.finding.suppressedBy }),
  };
  const { dependsOn = [] } = verdict;
  if (open === undefined) return { finding, pendingSinceMs, clearSinceMs: undefined, dependsOn };
  const next = changed(open, finding, { pendingSinceMs });
  return isDeepStrictEqual(next.dependsOn, dependsOn) ? next : { ...next, dependsOn };
}

/** Whether the condition held while nothing could be told of it, nobody knows. Where the clock was set back, it begins anew. */
function pendingSince({ finding, pendingSinceMs, heldSinceMs }: OpenFinding, nowMs: number): number {
  if (finding.state !== "pending") return pendingSinceMs;
  return Math.min(pendingSinceMs + Math.max(0, nowMs - (heldSinceMs ?? nowMs)), nowMs);
}

/** What of them was known, and the one that is now. */
function severityChangesOf(before: Finding | undefined, to: Severity, nowMs: number): Pick<Finding, "severityChanges"> {
  const known = before?.severityChanges ?? [];
  const isChanged = before !== undefined && before.severity !== to;
  const changes = isChanged ? [...known, { at: timestamp(nowMs), from: before.severity, to }].slice(-keptChanges) : known;
  return changes.length === 0 ? {} : { severityChanges: changes };
}

function clear(open: OpenFinding, clearMs: number, nowMs: number): Lived {
  const clearSinceMs = Math.min(open.clearSinceMs ?? nowMs, nowMs); // the clock may have been set back
  if (open.finding.state === "pending" || nowMs - clearSinceMs >= clearMs) {
    return { kind: "resolved", finding: resolve(open.finding, nowMs) };
  }
  const finding = { ...open.finding, isHeld: false, clearSince: timestamp(clearSinceMs) };
  return { kind: "open", open: changed(open, finding, { clearSinceMs }) };
}

/** Of its times those that are not given do not run. */
function changed(
  open: OpenFinding,
  finding: Finding,
  times: Partial<Pick<OpenFinding, "pendingSinceMs" | "clearSinceMs" | "heldSinceMs">>,
): OpenFinding {
  const { pendingSinceMs = open.pendingSinceMs, clearSinceMs, heldSinceMs } = times;
  const isSame = isDeepStrictEqual(finding, open.finding);
  const areTimesSame =
    pendingSinceMs === open.pendingSinceMs && clearSinceMs === open.clearSinceMs && heldSinceMs === open.heldSinceMs;
  if (isSame && areTimesSame && open.toldUntilMs === undefined) return open;
  const { toldUntilMs: _, ...known } = open;
  return { ...known, finding: isSame ? open.finding : finding, pendingSinceMs, clearSinceMs, heldSinceMs };
}

/** Unique over time: a condition that comes again is another finding. */
function findingId(rule: RuleTerms, node: string, subject: Finding["subject"], pendingSinceMs: number): string {
  const about = subject.id === "" ? subject.kind : `${subject.kind}/${subject.id}`;
  return `${rule.code}:${node}:${about}:${pendingSinceMs.toString(36)}`;
}

/** The code of its rule in the id of a finding. */
function ruleOfFindingId(id: string): string {
  return id.slice(0, id.indexOf(":"));
}

/** The node in the id of a finding, for whoever has no more than that; undefined: it is none. */
export function nodeOfFindingId(id: string): string | undefined {
  return id.split(":")[1]; // neither codes of rules nor names of nodes have a colon
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
