/** The step that takes the start-up taint of a Node away, and the one that forgets it. */
import type { Decision, Operation } from "../reconciler.ts";
import { startupTaint } from "../support/startup-taint-key.ts";
import type { StartedNode } from "./see-startup.ts";

/** Plans. */
export function planStartup(decision: Decision, { domain, items, ledger }: StartedNode): readonly Operation[] {
  if (decision.kind === "hold" || ledger.size > 0) return [];
  const item = startupTaint(domain);
  const [wish, live] = [decision.items.get(item), items.get(item)];
  if (wish?.kind !== "absent" || live === undefined) return [];
  return [{ item, kind: "remove", class: "describe", before: live.value, after: undefined, why: wish.why }];
}

/** Forgets that it was done. */
export function planPruneOfStartup({ items, ledger }: StartedNode): readonly Operation[] {
  return [...ledger.keys()].map((item) => {
    const live = items.get(item)?.value;
    const why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };
    return { item, kind: "restore", class: "describe", before: live, after: live, why };
  });
}
