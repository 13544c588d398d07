/**
 * The life of a finding: inactive → pending → firing → resolved. Pure. A condition must hold for the rule's hold time before it fires, and
 * must be gone for its clear time before it is resolved; what cannot be told moves nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { assertNever } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Rule, Verdict } from "./rule.ts";

/** A finding that is pending or firing. */
export interface OpenFinding {
  readonly finding: Finding;
  readonly pendingSinceMs: number;
  /** Since when the condition is gone without a break; undefined while it holds or cannot be told. */
  readonly clearSinceMs: number | undefined;
}

/** What became of a finding. */
export type Lived =
  | { readonly kind: "inactive" }
  | { readonly kind: "open"; readonly open: OpenFinding }
  | { readonly kind: "resolved"; readonly finding: Finding };

/** One step, by one verdict of its rule. `open` stays the same object when nothing changed. */
export function live(open: OpenFinding | undefined, verdict: Verdict, rule: Rule, node: string, nowMs: number): Lived {
  switch (verdict.kind) {
    case "raise":
      return { kind: "open", open: raise(open, verdict, rule, node, nowMs) };
    case "clear":
      return open === undefined ? { kind: "inactive" } : clear(open, verdict.clearMs ?? rule.clearMs, nowMs);
    case "hold":
      return open === undefined ? { kind: "inactive" } : { kind: "open", open: hold(open) };
    default:
      return assertNever(verdict, "verdict");
  }
}

/** The finding, over. */
export function resolve(finding: Finding, nowMs: number): Finding {
  const { suppressedBy: _, ...rest } = finding;
  return { ...rest, state: "resolved", isHeld: false, resolvedAt: timestamp(nowMs) };
}

/** Nothing can be told of it now. */
export function hold(open: OpenFinding): OpenFinding {
  return changed(open, { ...open.finding, isHeld: true }, undefined);
}

function raise(
  open: OpenFinding | undefined,
  verdict: Extract<Verdict, { readonly kind: "raise" }>,
  rule: Rule,
  node: string,
  nowMs: number,
): OpenFinding {
  const pendingSinceMs = open?.pendingSinceMs ?? nowMs;
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
    pendingSince: timestamp(pendingSinceMs),
    ...(firingSince === undefined ? {} : { firingSince }),
    isHeld: false,
    ...(open?.finding.suppressedBy === undefined ? {} : { suppressedBy: open.finding.suppressedBy }),
  };
  return open === undefined ? { finding, pendingSinceMs, clearSinceMs: undefined } : changed(open, finding, undefined);
}

function clear(open: OpenFinding, clearMs: number, nowMs: number): Lived {
  const clearSinceMs = open.clearSinceMs ?? nowMs;
  if (open.finding.state === "pending" || nowMs - clearSinceMs >= clearMs) {
    return { kind: "resolved", finding: resolve(open.finding, nowMs) };
  }
  return { kind: "open", open: changed(open, { ...open.finding, isHeld: false }, clearSinceMs) };
}

function changed(open: OpenFinding, finding: Finding, clearSinceMs: number | undefined): OpenFinding {
  const isSame = isDeepStrictEqual(finding, open.finding);
  if (isSame && clearSinceMs === open.clearSinceMs) return open;
  return { finding: isSame ? open.finding : finding, pendingSinceMs: open.pendingSinceMs, clearSinceMs };
}

/** Unique over time: a condition that comes again is another finding. */
function findingId(rule: Rule, node: string, subject: Finding["subject"], pendingSinceMs: number): string {
  const about = subject.id === "" ? subject.kind : `${subject.kind}/${subject.id}`;
  return `${rule.code}:${node}:${about}:${pendingSinceMs.toString(36)}`;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
