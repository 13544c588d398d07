/** Whose a condition is. */
import type { ClusterNode, FieldManager, NodeCondition } from "../../../state/cluster/cluster-node.ts";
import type { SeenItem } from "../../reconciler.ts";
import { plainReasons } from "../condition.ts";
import { conditions } from "../index.ts";
import { reasonOfRule } from "./condition-text.ts";

/** Owns our conditions, for ever: the API server remembers it with each of them. */
export const conditionManager = "nodekeeper-conditions";

/** Those who wrote a condition, by what the API server remembers. */
export function writersOf({ managers }: Pick<ClusterNode, "managers">, type: string): readonly FieldManager[] {
  return managers.filter(({ name, conditions: types }) => types.includes(type) && name !== madeUpManager);
}

/** Whose one is that is there. Where nobody is remembered (managedFields can be wiped), what is in our words is ours: else it would stay for ever. */
export function ownerOf(
  node: Pick<ClusterNode, "managers">,
  { type, reason }: Pick<NodeCondition, "type" | "reason">,
): SeenItem["owner"] {
  const writers = writersOf(node, type);
  if (writers.length === 0) return ourTypes.has(type) && ourReasons.has(reason) ? "ours" : "foreign";
  if (!writers.some(({ name }) => name === conditionManager)) return "foreign";
  return writers.length === 1 ? "ours" : "shared";
}

/** Stands for all who wrote before the API server began to remember anew. */
const madeUpManager = "before-first-apply";
const ourTypes: ReadonlySet<string> = new Set(conditions.map(({ type }) => type));
const ourReasons: ReadonlySet<string> = new Set([
  ...plainReasons,
  ...conditions.flatMap(({ faults }) => faults.map(({ rule }) => reasonOfRule(rule))),
]);
