/** A rule whose verdict a test decides, and findings. */
import type { Finding } from "@nodekeeper/shared/api";
import type { Rule, Verdict } from "../evaluate/rule.ts";

/** The subject of the rule's verdicts. */
export const sda = { kind: "block_device", id: "sda" } as const;

/** A rule that says what `say` says now. */
export function aRule(say: () => readonly Verdict[], overrides: Partial<Rule> = {}): Rule {
  return {
    code: "test-rule",
    title: "A rule for tests",
    severity: "medium",
    holdMs: 60_000,
    clearMs: 120_000,
    dependsOn: [],
    evaluate: () => say(),
    ...overrides,
  };
}

/** Something is wrong with sda. */
export function raised(overrides: Partial<Extract<Verdict, { readonly kind: "raise" }>> = {}): Verdict {
  return { kind: "raise", subject: sda, text: "it is broken", action: "Mend it.", evidence: [], ...overrides };
}

/** Nothing is wrong with sda. */
export const cleared: Verdict = { kind: "clear", subject: sda };

/** Nothing is known of sda. */
export const held: Verdict = { kind: "hold", subject: sda, reason: "nothing is known" };

/** A firing finding about sda. */
export function aFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: "test-rule:neko:block_device/sda:0",
    rule: "test-rule",
    title: "A rule for tests",
    severity: "medium",
    state: "firing",
    node: "neko",
    subject: sda,
    text: "it is broken",
    action: "Mend it.",
    evidence: [],
    pendingSince: "2026-11-22T11:00:00.000Z",
    firingSince: "2026-11-22T11:01:00.000Z",
    isHeld: false,
    ...overrides,
  };
}
