/** Which labels a node is to have: each rule of the policy over what is known of the node. What cannot be told stays as it is. */
import type { FactRead } from "@nodekeeper/shared/api";
import type { KnownFacts } from "../../policy/known-facts.ts";
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import type { LabelRule, Policy } from "../../policy/policy.ts";
import { isProven } from "../../state/node-proof.ts";
import type { Decision, Wanted, Why } from "../reconciler.ts";
import { domainOfKey, nameOfKey } from "../support/label-syntax.ts";
import type { World } from "../world.ts";
import { ownKeys, seeLabels } from "./see-labels.ts";

/** A fact that is no longer is shown in a reason; the explanation has all of them. */
const maximumShownLength = 24;

/** Decides. Items are whole keys. */
export function decideLabels(world: World, name: string): Decision {
  const { policy, cluster, nowMs, startedAtMs } = world;
  const node = world.node(name);
  if (node === undefined) return { kind: "hold", reason: "no agent was heard of from this node" };
  if (!isProven(node)) return { kind: "hold", reason: "its agent has not proven that it speaks for this node" };
  const clusterNode = cluster.node(name);
  const isClusterListed = cluster.knowledge.kind === "known";
  const facts = knownFactsOf({ node, clusterNode, isClusterListed, nowMs, startedAtMs });
  const items = new Map(policy.labels.map((rule) => [`${policy.domain}/${rule.key}`, wantedOf(rule, facts)]));
  if (clusterNode === undefined) return { kind: "items", items };
  for (const key of ownKeys(seeLabels(clusterNode, policy.domain))) {
    if (!items.has(key)) items.set(key, unwanted(key, items, policy));
  }
  return { kind: "items", items };
}

function wantedOf({ key, value: expression }: LabelRule, facts: KnownFacts): Wanted {
  const decided = expression.evaluate(facts);
  const why = (text: string): Why => ({ text, place: expression.place, expression: expression.text, facts: decided.reads });
  if (decided.kind === "undecided") return { kind: "hold", reason: decided.reason, why: why(`${key} cannot be told`) };
  if (decided.value === null) return { kind: "absent", why: why(`the policy gives none${sourceText(decided.reads)}`) };
  return { kind: "value", value: String(decided.value), why: why(`the policy gives it${sourceText(decided.reads)}`) };
}

/** From which facts, with those that are short: " from name (neko), gpus (none)". */
function sourceText(reads: readonly FactRead[]): string {
  const sources = reads.map(({ path, value }) =>
    value === "" || value.length > maximumShownLength ? path : `${path} (${value})`,
  );
  return sources.length === 0 ? "" : ` from ${sources.join(", ")}`;
}

/** Of a key that is ours and that no rule speaks of: the policy had one, or the domain was another. */
function unwanted(key: string, items: ReadonlyMap<string, Wanted>, { source, domain }: Policy): Wanted {
  const why = (text: string): Why => ({ text, place: source, expression: "", facts: [] });
  if (domainOfKey(key) === domain) return { kind: "absent", why: why("the policy has no rule for it any more") };
  const successor = `${domain}/${nameOfKey(key)}`;
  const text = `the domain of labels is ${domain} now`;
  if (items.get(successor)?.kind === "hold")
    return { kind: "hold", reason: `${successor} comes first, and cannot be told`, why: why(text) };
  return { kind: "absent", why: why(text) };
}
