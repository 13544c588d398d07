/** The steps from the taints of a Node as they are to those that it is to have. Adding restricts the node; taking away what is ours gives it back. */
import type { Decision, Operation, Wanted, Why } from "../reconciler.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import { type TaintedNode, taintOf } from "./see-taints.ts";

/** Plans. */
export function planTaints(decision: Decision, seen: TaintedNode): readonly Operation[] {
  if (decision.kind === "hold") return [];
  const { items } = decision;
  const wishes = new Map([...[...seen.ledger.keys()].map((item) => [item, abandoned] as const), ...items]);
  return [...wishes].flatMap(([item, wish]) => {
    if (wish.kind === "value") return settingOf(item, wish, seen);
    if (wish.kind === "hold" || !seen.ledger.has(item) || isAwaited(item, items, seen)) return [];
    return [releaseOf(item, seen, wish.why)];
  });
}

/** Plans to take everything of ours back. */
export function planPruneOfTaints(seen: TaintedNode): readonly Operation[] {
  return [...seen.ledger.keys()].map((item) => releaseOf(item, seen, pruned));
}

const pruned: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };
const abandoned: Wanted = {
  kind: "absent",
  why: { text: "the policy does not name this taint any more", place: "taints", expression: "", facts: [] },
};

function settingOf(
  item: string,
  { value: after, why }: Extract<Wanted, { readonly kind: "value" }>,
  { items, ledger }: TaintedNode,
): readonly Operation[] {
  const live = items.get(item);
  const isTheirs = live === undefined ? ledger.get(item)?.wrote === after : live.owner === "foreign";
  if (isTheirs || live?.value === after || taintOf(item, after) === undefined) return [];
  return [{ item, kind: live === undefined ? "set" : "change", class: "restrict", before: live?.value, after, why }];
}

/** Takes ours away; where it is not as we wrote it any more, only our claim is given up. */
function releaseOf(item: string, { items }: TaintedNode, why: Why): Operation {
  const live = items.get(item);
  if (live?.owner === "ours") return { item, kind: "remove", class: "describe", before: live.value, after: undefined, why };
  return { item, kind: "restore", class: "describe", before: live?.value, after: live?.value, why };
}

/** Whether a taint of another domain stands in for one of ours that is not there yet. */
function isAwaited(item: string, wishes: ReadonlyMap<string, Wanted>, { domain, items }: TaintedNode): boolean {
  const successor = `${domain}/${nameOfKey(item)}`;
  const wish = wishes.get(successor);
  if (domainOfKey(item) === domain || wish === undefined || wish.kind === "absent") return false;
  return wish.kind === "hold" || items.get(successor)?.value !== wish.value;
}
