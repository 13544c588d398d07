/**
 * What is wanted of an object after people had their say: their overrides stand over the policy, and what we own though nobody speaks of it any more
 * is to go. Pure.
 */
import type { Override } from "../decisions/decisions.ts";
import type { Decision, LedgerEntry, Operation, Wanted } from "../reconciler.ts";

/** A decision as it is acted upon. */
export interface Wish {
  readonly decision: Decision;
  /** Overrides in force, by item. */
  readonly overrides: ReadonlyMap<string, Override>;
}

/** Where a wish is for. */
export interface WishScope {
  readonly decision: Decision;
  /** Overrides of this object that are in force. */
  readonly overrides: readonly Override[];
  /** What we own on it. */
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  /** Where the policy is found, for people. */
  readonly policySource: string;
}

const noOverrides: ReadonlyMap<string, Override> = new Map();

/** Puts overrides over a decision. Where nothing can be told of the object, they are all that is wanted, and what we own stays. */
export function wishOf({ decision, overrides, ledger, policySource }: WishScope): Wish {
  if (decision.kind === "hold" && overrides.length === 0) return { decision, overrides: noOverrides };
  const items = new Map<string, Wanted>(decision.kind === "items" ? decision.items : []);
  for (const item of ledger.keys()) {
    if (!items.has(item)) items.set(item, decision.kind === "hold" ? heldItem(decision.reason) : abandoned(policySource));
  }
  for (const override of overrides) items.set(override.item, overridden(override));
  return {
    decision: { kind: "items", items },
    overrides: overrides.length === 0 ? noOverrides : new Map(overrides.map((override) => [override.item, override])),
  };
}

/** Which overrides hold for one object now. */
export function overridesOf(overrides: readonly Override[], reconciler: string, key: string, nowMs: number): readonly Override[] {
  if (overrides.length === 0) return overrides;
  return overrides.filter((override) => override.key === key && override.reconciler === reconciler && override.untilMs > nowMs);
}

/**
 * The same step in the class that it has for people: what a person wants for a while, and the way back from it, takes nothing away by itself.
 * `before` are overrides that were in force when the object was looked at last.
 */
export function classed(operation: Operation, wish: Wish, before: ReadonlyMap<string, Override>): Operation {
  const isPersonal = wish.overrides.has(operation.item) || isWayBack(operation, before.get(operation.item));
  return isPersonal ? { ...operation, class: "describe", why: { ...operation.why, isDeclared: true } } : operation;
}

/** Of what the override itself wrote: what was so already is the policy's, and goes as such. */
function isWayBack({ before }: Operation, ended: Override | undefined): boolean {
  return ended?.value !== undefined && ended.isChange === true && before === ended.value;
}

function overridden({ value, by, reason, untilMs }: Override): Wanted {
  const because = reason === "" ? "" : `: ${reason}`;
  const until = new Date(untilMs).toISOString().slice(0, 16).replace("T", " ");
  const text = `${by} wants it ${value === undefined ? "not to be there" : `to be "${value}"`} until ${until} UTC${because}`;
  const why = { text, place: "override", expression: "", facts: [], isDeclared: true };
  return value === undefined ? { kind: "absent", why } : { kind: "value", value, why };
}

function abandoned(policySource: string): Wanted {
  return {
    kind: "absent",
    why: { text: "we wrote it, and the policy does not speak of it any more", place: policySource, expression: "", facts: [] },
  };
}

function heldItem(reason: string): Wanted {
  return { kind: "hold", reason, why: { text: reason, place: "", expression: "", facts: [] } };
}
