/** What of ours pruning leaves on a node of Longhorn unless it is forced to it: a disk closed that may still fail, and a tag that a replica needs. Pure. */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { Decision, Operation } from "../reconciler.ts";
import { itemOf } from "./longhorn-items.ts";
import { reasonAgainst, withTaken } from "./restraint.ts";

/** Why a step is left undone; undefined: it is not. */
export function leftOnPrune(
  longhorn: Omit<LonghornView, "subscribe">,
  { item: text, before, after }: Operation,
  decision: Decision,
  key: string,
): string | undefined {
  const item = itemOf(text);
  if (item === undefined || before === after) return undefined;
  if (item.kind !== "switch") return reasonAgainst(longhorn, withTaken({}, key, item));
  if (item.field !== "allowScheduling") return undefined;
  if (decision.kind === "hold") return decision.reason;
  const wanted = decision.items.get(text);
  if (wanted?.kind === "absent") return undefined;
  return wanted?.kind === "hold" ? wanted.reason : wanted?.why.text;
}
