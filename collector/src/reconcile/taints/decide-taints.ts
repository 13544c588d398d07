/** What the policy wants of a Node's taints, and what people decided about them by hand. */
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import type { TaintRule } from "../../policy/policy.ts";
import type { Decision, Wanted } from "../reconciler.ts";
import type { World } from "../world.ts";
import { seeTaints, type TaintedNode, taintText } from "./see-taints.ts";

/** Decides. */
export function decideTaints(world: World, key: string): Decision {
  const { policy, nowMs, startedAtMs } = world;
  const live = world.cluster.node(key);
  if (live === undefined) return { kind: "hold", reason: "the cluster has no Node of this name" };
  if (policy.taints.length === 0) return { kind: "items", items: new Map() };
  const isClusterListed = world.cluster.knowledge.kind === "known";
  const facts = knownFactsOf({ node: world.node(key), clusterNode: live, isClusterListed, nowMs, startedAtMs });
  const seen = seeTaints(live, policy.domain);
  const items = policy.taints.map((rule) => {
    const item = `${policy.domain}/${rule.key}`;
    return [item, withheld(wantedOf(rule, facts), item, seen)] as const;
  });
  return { kind: "items", items: new Map(items) };
}

function wantedOf(rule: TaintRule, facts: Parameters<TaintRule["when"]["evaluate"]>[0]): Wanted {
  const { text: expression, place } = rule.when;
  const decided = rule.when.evaluate(facts);
  const why = { expression, place, facts: decided.reads };
  if (decided.kind === "undecided") {
    return { kind: "hold", reason: decided.reason, why: { ...why, text: "it cannot be told whether the expression is true" } };
  }
  if (decided.value === true) {
    return { kind: "value", value: taintText(rule), why: { ...why, text: "the expression is true" } };
  }
  return { kind: "absent", why: { ...why, text: "the expression is not true" } };
}

/** Says in words what is not done: what somebody took away or changed, stays so. */
function withheld(wanted: Wanted, item: string, { items, ledger }: TaintedNode): Wanted {
  if (wanted.kind !== "value") return wanted;
  const seen = items.get(item);
  const { why } = wanted;
  if (seen?.owner === "foreign") {
    return { kind: "hold", reason: "somebody else set a taint of this key, which stays as it is", why };
  }
  if (seen !== undefined || ledger.get(item)?.wrote !== wanted.value) return wanted;
  const reason = "somebody took the taint away by hand: it is not put back until the policy wanted it otherwise";
  return { kind: "hold", reason, why };
}
