/** Findings as conditions take them: which of them say that something is not well, and in which words. */
import type { FactRead, Finding, Severity } from "@nodekeeper/shared/api";
import { compareSeverity } from "../../../evaluate/severity.ts";
import type { Fault, Judgement } from "../condition.ts";
import { reasonOfRule } from "./condition-text.ts";

/** What the findings of a node come to. */
export type FaultsFound =
  | { readonly kind: "none" }
  | { readonly kind: "bad"; readonly judgement: Judgement }
  /** One is not sure yet, or stands while what it speaks of cannot be read: neither good nor bad may be said. */
  | { readonly kind: "unsure"; readonly judgement: Judgement };

/** Findings that are at least so loud. */
export function from(severity: Severity): Fault["counts"] {
  return (finding) => compareSeverity(finding.severity, severity) <= 0;
}

/** Looks for them. What is only the consequence of something else is not counted. */
export function findFaults(faults: readonly Fault[], findings: readonly Finding[]): FaultsFound {
  if (findings.length === 0) return { kind: "none" };
  const byRule = new Map(faults.map((fault) => [fault.rule, fault]));
  const counted = findings.filter((finding) => finding.suppressedBy === undefined && byRule.get(finding.rule)?.counts(finding));
  const sure = counted.filter(({ state, isHeld }) => state === "firing" && !isHeld).sort(compare);
  const [loudest] = sure;
  if (loudest !== undefined) {
    const message = sure.map((finding) => sentence(finding, byRule.get(finding.rule)?.says)).join("; ");
    const { rule } = loudest;
    const facts = sure.map(factOf);
    return { kind: "bad", judgement: { kind: "status", status: "False", reason: reasonOfRule(rule), message, facts, rule } };
  }
  const [unsure] = counted.sort(compare);
  if (unsure === undefined) return { kind: "none" };
  const reason = unsure.state === "pending" ? "it did not last long enough to be sure" : "it stands, but cannot be read now";
  return { kind: "unsure", judgement: { kind: "hold", reason: `${reason}: ${unsure.text}`, facts: [factOf(unsure)] } };
}

/** Loudest first, and always in the same order. */
function compare(a: Finding, b: Finding): number {
  return compareSeverity(a.severity, b.severity) || compareText(a.rule, b.rule) || compareText(a.subject.id, b.subject.id);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Findings begin with what they are about: "Samsung SSD 980 PRO 1TB (/dev/nvme0): …". */
function sentence({ text, subject }: Finding, says: string | undefined): string {
  if (says === undefined) return text;
  const end = text.indexOf(": ");
  return `${end === -1 ? subject.id : text.slice(0, end)}: ${says}`;
}

function factOf({ rule, text, pendingSince, firingSince, isHeld }: Finding): FactRead {
  return {
    ...{ path: `findings.${rule}`, value: text, probe: "", observedAt: firingSince ?? pendingSince },
    freshness: isHeld ? "stale" : "fresh",
  };
}
