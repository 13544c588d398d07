/** Everything that is wanted, ours, overridden or held on one Node, item by item: what it is, what it should be, why, and what would change it. Pure. */
import type { AuditRecord, Explanation, Waiting } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import type { ObjectPicture } from "../controller/controller.ts";
import type { Override } from "../decisions/decisions.ts";
import type { Operation, SeenItem, Wanted } from "../reconciler.ts";
import { nextStep } from "./next-step.ts";
import { shownOverride } from "./override-of.ts";

/** What it is told from. */
export interface ExplainInput {
  /** Of one node: one of each reconciler. */
  readonly pictures: readonly ObjectPicture[];
  /** Those that are in force. */
  readonly overrides: readonly Override[];
  /** The audit's latest records about the node, newest first. */
  readonly records: readonly AuditRecord[];
}

/** So many records are named with an item. */
const maximumActions = 5;

/** Tells it: labels first, as the reconcilers are listed, and items by their names. */
export function explainNode({ pictures, overrides, records }: ExplainInput): readonly Explanation[] {
  return pictures.flatMap((picture) => {
    const items = itemsOf(picture, overrides);
    if (items.length === 0 && picture.decision.kind === "hold") return [explain(picture, "", overrides, records)];
    return items.map((item) => explain(picture, item, overrides, records));
  });
}

function itemsOf(
  { reconciler, key, decision, seen, operations }: ObjectPicture,
  overrides: readonly Override[],
): readonly string[] {
  const items = new Set<string>(decision.kind === "items" ? decision.items.keys() : []);
  for (const item of seen?.items.keys() ?? []) items.add(item);
  for (const item of seen?.ledger.keys() ?? []) items.add(item);
  for (const { operation } of operations) items.add(operation.item);
  for (const override of overrides) if (override.reconciler === reconciler.name && override.key === key) items.add(override.item);
  return [...items].sort();
}

function explain(
  { reconciler, key, decision, seen, operations, wantedSinceMs }: ObjectPicture,
  item: string,
  overrides: readonly Override[],
  records: readonly AuditRecord[],
): Explanation {
  const found = seen?.items.get(item);
  const wanted = decision.kind === "items" ? decision.items.get(item) : heldAsAWhole(decision.reason);
  const step = operations.find(({ operation }) => operation.item === item);
  const override = overrides.find((each) => each.reconciler === reconciler.name && each.key === key && each.item === item);
  const sinceMs = wantedSinceMs.get(item);
  const previous = seen?.ledger.get(item)?.was;
  return {
    ...{ reconciler: reconciler.name, noun: reconciler.noun, node: key, item },
    ...(found === undefined ? {} : { live: found.value, owner: found.owner }),
    others: (found?.others ?? []).map(({ manager, atMs }) => (atMs === undefined ? { manager } : { manager, at: isoTime(atMs) })),
    ...wish(wanted, found),
    ...(sinceMs === undefined ? {} : { since: isoTime(sinceMs) }),
    ...(previous === undefined ? {} : { previous }),
    ...waitingOf(step),
    ...(override === undefined ? {} : { override: shownOverride(override) }),
    actions: item === "" ? [] : actionsOn(item, reconciler.name, records),
    next: nextStep({
      ...{ wanted, live: found?.value, owner: found?.owner, override },
      ...{ operation: step?.operation, waiting: step?.waiting },
    }),
  };
}

function heldAsAWhole(reason: string): Wanted {
  return { kind: "hold", reason, why: { text: reason, place: "", expression: "", facts: [] } };
}

type Wish = Pick<Explanation, "wanted" | "value" | "why" | "place" | "expression" | "facts">;

function wish(wanted: Wanted | undefined, found: SeenItem | undefined): Wish {
  if (wanted === undefined) {
    const text = found === undefined ? "nothing asks for it" : foreignText(found.others);
    return { wanted: "hold", why: text, place: "", expression: "", facts: [] };
  }
  const { place, expression, facts, text } = wanted.why;
  const reasons = ({ why }: { readonly why: string }) => ({ why, place, expression, facts: [...facts] });
  switch (wanted.kind) {
    case "hold":
      return { wanted: "hold", ...reasons({ why: wanted.reason }) };
    case "absent":
      return { wanted: "absent", ...reasons({ why: text }) };
    case "value":
      return { wanted: "value", value: wanted.value, ...reasons({ why: text }) };
  }
}

/** Of something that is nobody's of us. */
export function foreignText(others: SeenItem["others"]): string {
  if (others.length === 0) return "it is not ours, and nothing asks for it";
  return `it is not ours: written by ${others.map(({ manager }) => manager).join(", ")}`;
}

function waitingOf(
  step: { readonly operation: Operation; readonly waiting: Waiting | undefined } | undefined,
): Pick<Explanation, "waiting"> {
  return step?.waiting === undefined ? {} : { waiting: step.waiting };
}

function actionsOn(item: string, reconciler: string, records: readonly AuditRecord[]): number[] {
  return records
    .filter(
      ({ action, changes }) => action.startsWith(`reconcile.${reconciler}.`) && changes?.some((change) => change.item === item),
    )
    .slice(0, maximumActions)
    .map(({ id }) => id);
}

/** Where there is nothing to tell of: a reason of its own, said as an explanation. */
export function explanationOf(
  place: Pick<Explanation, "reconciler" | "noun" | "node" | "item">,
  told: Partial<Pick<Explanation, "live" | "owner" | "others">> & Pick<Explanation, "wanted" | "why" | "next">,
): Explanation {
  return { ...place, others: [], place: "", expression: "", facts: [], actions: [], ...told };
}
