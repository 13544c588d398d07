/** The steps from the labels of a Node as they are to those that it is to have. Nothing of others goes, and nothing is written twice. */
import type { ActionClass } from "@nodekeeper/shared/api";
import type { Decision, Operation, Wanted, Why } from "../reconciler.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import { isKept } from "../support/ownership.ts";
import { type LabelledNode, ownKeys } from "./see-labels.ts";

/** Plans. What the decision does not mention stays: of what is ours it mentions everything. */
export function planLabels(decision: Decision, seen: LabelledNode): readonly Operation[] {
  if (decision.kind === "hold") return [];
  const { items } = decision;
  const own = ownKeys(seen);
  return [...items].flatMap(([key, wish]) => {
    if (wish.kind === "value") return settingOf(key, wish, seen);
    if (wish.kind === "hold" || !own.has(key) || isAwaited(key, items, seen)) return [];
    return releaseOf(key, seen, "restrict", wish.why);
  });
}

/** Plans to take everything of ours back. */
export function planPruneOfLabels(seen: LabelledNode): readonly Operation[] {
  return [...ownKeys(seen)].map((key) => releaseOf(key, seen, "describe", pruned));
}

const pruned: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };

function settingOf(
  key: string,
  { value: after, why }: Extract<Wanted, { readonly kind: "value" }>,
  { items, ledger, claims }: LabelledNode,
): readonly Operation[] {
  const item = items.get(key);
  const wrote = ledger.get(key)?.wrote;
  const step = (kind: Operation["kind"], of: ActionClass, text: string = why.text): readonly Operation[] => [
    { item: key, kind, class: of, before: item?.value, after, why: { ...why, text } },
  ];
  if (item === undefined) return step(wrote === after ? "repair" : "set", "describe");
  const isOthers = item.owner === "foreign" && wrote === undefined && !isKept(item);
  if (item.value === after) {
    // What others say alone stays theirs. Of ours it must also stand that it is: in the ledger, and with the API server.
    if (isOthers || (claims.has(key) && wrote === after)) return [];
    return step("repair", "describe", `${why.text}; it is there, and only that it is ours is to be noted again`);
  }
  if (isOthers) return step("change", "describe");
  return wrote === after ? step("repair", "describe") : step("change", "restrict");
}

/** What becomes of a label of ours that is not to be: what was there before us comes back, and what somebody did after us stays. */
function releaseOf(key: string, { items, ledger }: LabelledNode, of: ActionClass, why: Why): Operation {
  const item = items.get(key);
  const was = ledger.get(key)?.was;
  const before = item?.value;
  const giveUp = { item: key, kind: "restore", class: "describe", before, after: before, why } as const;
  if (item?.owner !== "ours" || was === before) return giveUp;
  return { item: key, kind: was === undefined ? "remove" : "restore", class: of, before, after: was, why };
}

/** Whether a label of another domain stands in for one of ours that is not there yet. */
function isAwaited(key: string, wishes: ReadonlyMap<string, Wanted>, { domain, items }: LabelledNode): boolean {
  const successor = `${domain}/${nameOfKey(key)}`;
  const wish = wishes.get(successor);
  if (domainOfKey(key) === domain || wish === undefined || wish.kind === "absent") return false;
  return wish.kind === "hold" || items.get(successor)?.value !== wish.value;
}
