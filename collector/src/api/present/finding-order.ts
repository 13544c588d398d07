/** The order in which findings are shown. */
import type { Finding } from "@nodekeeper/shared/api";

const severityRank = { high: 0, medium: 1, low: 2 } as const;
const stateRank = { firing: 0, pending: 1, resolved: 2 } as const;

/** Loudest first; of equally loud ones firing before pending before resolved, then the newest first. */
export function byLoudness(a: Finding, b: Finding): number {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    stateRank[a.state] - stateRank[b.state] ||
    newestFirst(a.pendingSince, b.pendingSince) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** RFC 3339 in one form sorts as text. */
function newestFirst(a: string, b: string): number {
  return a === b ? 0 : a < b ? 1 : -1;
}

/** The same order as a key: for lists that come in pages. */
export function loudnessKey({ severity, state, pendingSince, id }: Finding): readonly (string | number)[] {
  return [severityRank[severity], stateRank[state], -Date.parse(pendingSince), id];
}
