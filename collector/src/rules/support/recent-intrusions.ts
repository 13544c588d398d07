/** Who tried to speak in a node's name lately. */
import type { IntrusionState } from "../../state/intrusion.ts";
import type { NodeView } from "../../state/node-view.ts";

/** An attempt is a matter for so long; a copy that runs tries again within minutes. */
export const quietMs = 3_600_000;

/** What is known of attempts of a kind. */
export type RecentIntrusions =
  | { readonly kind: "some"; readonly intrusions: readonly IntrusionState[] }
  | { readonly kind: "none" }
  /** This collector has not listened for long enough to say that there were none. */
  | { readonly kind: "unknown" };

/** Attempts of the last hour, newest first. */
export function recentIntrusions({ node, nowMs, listeningSinceMs }: NodeView, kind: IntrusionState["kind"]): RecentIntrusions {
  const intrusions = node.intrusions.filter((each) => each.kind === kind && nowMs - each.lastAtMs < quietMs);
  if (intrusions.length > 0) return { kind: "some", intrusions };
  return { kind: nowMs - listeningSinceMs < quietMs ? "unknown" : "none" };
}
