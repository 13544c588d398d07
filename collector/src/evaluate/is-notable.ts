/** Which changes of a finding are logged, and which are written. */
import type { Finding } from "@nodekeeper/shared/api";
import { findingKey, type OpenFindings } from "./evaluate-node.ts";

/** Numbers of the evidence change with each look; they go along with what matters. */
export function isNotable(finding: Finding, before: OpenFindings): boolean {
  const known = before.get(findingKey(finding.rule, finding.subject))?.finding;
  return (
    known === undefined || known.state !== finding.state || known.severity !== finding.severity || known.text !== finding.text
  );
}

/** Its times are written too: after a restart they go on. So is of what it is a consequence. */
export function isWorthKeeping(finding: Finding, before: OpenFindings): boolean {
  const known = before.get(findingKey(finding.rule, finding.subject))?.finding;
  return (
    isNotable(finding, before) ||
    known?.pendingSince !== finding.pendingSince ||
    known.heldSince !== finding.heldSince ||
    known.clearSince !== finding.clearSince ||
    known.suppressedBy !== finding.suppressedBy
  );
}
