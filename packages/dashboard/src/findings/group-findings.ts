/** Findings with their consequences under them, the loudest first. Pure. */
import type { Finding } from "@nodekeeper/shared/api";

/** A finding, and what would not be there without it. */
export interface FindingGroup {
  readonly finding: Finding;
  /** All of them, those of consequences too; the loudest first. */
  readonly consequences: readonly Finding[];
}

const loudness = { high: 0, medium: 1, low: 2 };

/** The loudest first, then what fires, then the newest. */
export function byLoudness(a: Finding, b: Finding): number {
  return (
    loudness[a.severity] - loudness[b.severity] ||
    Number(a.state === "pending") - Number(b.state === "pending") ||
    sinceOf(b).localeCompare(sinceOf(a)) ||
    a.id.localeCompare(b.id)
  );
}

/** Groups by cause. A consequence whose cause is not among `findings` stands for itself; so do those of a circle. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  const consequences = new Map<string, Finding[]>();
  for (const finding of findings) {
    const cause = rootOf(finding, known);
    if (cause === finding) continue;
    const others = consequences.get(cause.id);
    if (others === undefined) consequences.set(cause.id, [finding]);
    else others.push(finding);
  }
  return findings
    .filter((finding) => rootOf(finding, known) === finding)
    .sort(byLoudness)
    .map((finding) => ({ finding, consequences: (consequences.get(finding.id) ?? []).sort(byLoudness) }));
}

/** When it began to fire, or, of one that does not yet, to be seen. */
export function sinceOf(finding: Finding): string {
  return finding.firingSince ?? finding.pendingSince;
}

function rootOf(finding: Finding, known: ReadonlyMap<string, Finding>): Finding {
  const seen = new Set([finding]);
  let cause = finding;
  while (cause.suppressedBy !== undefined) {
    const next = known.get(cause.suppressedBy);
    if (next === undefined) return cause;
    if (seen.has(next)) return finding;
    seen.add(next);
    cause = next;
  }
  return cause;
}
