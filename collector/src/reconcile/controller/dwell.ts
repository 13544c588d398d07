/** Since when something is wanted without a break, and when that is long enough. Pure. Times are of the monotonic clock: a wall clock that is set ends no wait. */
import { assertNever } from "@nodekeeper/shared";
import type { Dwell } from "../../policy/policy.ts";
import type { Decision, Operation } from "../reconciler.ts";

/** One item's wish and its age. */
export interface WantedSince {
  /** Undefined: it is not to be there. */
  readonly value: string | undefined;
  /** Who wishes it (Why.place): what another rule says, though it be the same, holds since that rule says so. */
  readonly place: string;
  readonly sinceMs: number;
}

/** By item. Items that cannot be told are not in it: not knowing is a break. */
export type WantedItems = ReadonlyMap<string, WantedSince>;

/** Nothing is wanted. */
export const nothingWanted: WantedItems = new Map();

/**
 * What is wanted now, with the age of what was wanted before already; the same object where nothing changed. What is planned without being spoken of in
 * the decision is wanted, too.
 */
export function followWishes(before: WantedItems, decision: Decision, planned: readonly Operation[], nowMs: number): WantedItems {
  if (decision.kind === "hold") return nothingWanted;
  const after = new Map<string, WantedSince>();
  let isSame = true;
  const want = (item: string, value: string | undefined, place: string): void => {
    const known = before.get(item);
    const isKnown = known !== undefined && known.value === value && known.place === place;
    after.set(item, isKnown ? known : { value, place, sinceMs: nowMs });
    isSame &&= isKnown;
  };
  for (const [item, wanted] of decision.items) {
    if (wanted.kind !== "hold") want(item, wanted.kind === "value" ? wanted.value : undefined, wanted.why.place);
  }
  for (const { item, after: value, why } of planned) if (!after.has(item)) want(item, value, why.place);
  return isSame && after.size === before.size ? before : after;
}

/** When a step will have been wanted for long enough; -Infinity where it need not wait. */
export function dwellEndsAtMs(operation: Operation, wanted: WantedItems, dwell: Dwell, nowMs: number): number {
  const { item, kind, why } = operation;
  if (why.isDeclared === true) return Number.NEGATIVE_INFINITY;
  const sinceMs = wanted.get(item)?.sinceMs ?? nowMs;
  switch (kind) {
    case "set":
    case "repair":
      return Number.NEGATIVE_INFINITY;
    case "change":
      return sinceMs + dwell.changeMs;
    case "remove":
      return sinceMs + dwell.removeMs;
    case "restore": // takes our value away, or gives up only the claim on what stays as it is
      return operation.before === operation.after ? Number.NEGATIVE_INFINITY : sinceMs + dwell.removeMs;
    default:
      return assertNever(kind, "kind of an operation");
  }
}
