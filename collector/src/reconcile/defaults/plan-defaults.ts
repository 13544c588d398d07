/** The steps from what a Node says to Longhorn to what it is to say. Nothing runs by any of it, so that each of them only describes. */
import type { Decision, Operation, Wanted, Why } from "../reconciler.ts";
import type { DefaultedNode } from "./see-defaults.ts";

/** Plans. */
export function planDefaults(decision: Decision, seen: DefaultedNode): readonly Operation[] {
  if (decision.kind === "hold") return [];
  return [...decision.items].flatMap(([item, wish]) => {
    if (wish.kind === "value") return settingOf(item, wish, seen);
    return wish.kind === "absent" && seen.ledger.has(item) ? [releaseOf(item, seen, wish.why)] : [];
  });
}

/** Plans to take everything of ours back. */
export function planPruneOfDefaults(seen: DefaultedNode): readonly Operation[] {
  return [...seen.ledger.keys()].map((item) => releaseOf(item, seen, pruned));
}

const pruned: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };

/** What others wrote is never changed, and never made ours. */
function settingOf(
  item: string,
  { value: after, why }: Extract<Wanted, { readonly kind: "value" }>,
  { items, ledger }: DefaultedNode,
): readonly Operation[] {
  const live = items.get(item);
  if (live === undefined) {
    const kind = ledger.get(item)?.wrote === after ? "repair" : "set";
    return [{ item, kind, class: "describe", before: undefined, after, why }];
  }
  if (live.owner !== "ours" || live.value === after) return [];
  return [{ item, kind: "change", class: "describe", before: live.value, after, why }];
}

/** Takes ours away; where it is not as we wrote it any more, only our claim is given up. */
function releaseOf(item: string, { items }: DefaultedNode, why: Why): Operation {
  const live = items.get(item);
  if (live?.owner === "ours") return { item, kind: "remove", class: "describe", before: live.value, after: undefined, why };
  return { item, kind: "restore", class: "describe", before: live?.value, after: live?.value, why };
}
