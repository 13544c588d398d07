/** Findings as tests want them. */
import type { Finding } from "@nodekeeper/shared/api";

/** A firing finding of high severity about a disk, but for what the test cares about. */
export function aFinding(changes: Partial<Finding> = {}): Finding {
  const { node = "neko", rule = "disk-worn", subject = { kind: "disk", id: "nvme-1" } } = changes;
  return {
    ...{ id: `${rule}:${node}:${subject.kind}/${subject.id}:1`, rule, node, subject },
    ...{ title: "A disk is worn out", severity: "high", state: "firing" },
    text: "nvme0n1 has used 104 % of its life",
    action: "Replace it soon.",
    evidence: [],
    measure: { name: "percentage_used", level: 104 },
    pendingSince: "2026-01-01T00:00:00.000Z",
    firingSince: "2026-01-01T00:05:00.000Z",
    isHeld: false,
    ...changes,
  };
}

/** With a decision by which nobody is told. */
export function quiet(finding: Finding): Finding {
  return { ...finding, attention: { isQuiet: true, isSetAside: false, decisions: [] } };
}

/** It, over. */
export function resolved(finding: Finding, resolvedAt = "2026-01-01T02:05:00.000Z"): Finding {
  return { ...finding, state: "resolved", resolvedAt };
}
