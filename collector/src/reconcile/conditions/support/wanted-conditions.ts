/** What is wanted of a Node's conditions. */
import type { ClusterNode, NodeCondition } from "../../../state/cluster/cluster-node.ts";
import type { Wanted, Why } from "../../reconciler.ts";
import type { World } from "../../world.ts";
import type { Condition, Judgement } from "../condition.ts";
import { conditions } from "../index.ts";
import { ownerOf, writersOf } from "./condition-owner.ts";
import { conditionMessage, conditionText } from "./condition-text.ts";

/** What flaps says other words no more often. */
const quietMs = 60_000;

/** By type: those of the policy, and what is ours and is not among them any more. */
export function wantedConditions(world: World, live: ClusterNode): ReadonlyMap<string, Wanted> {
  const chosen = conditions.filter(({ type }) => world.policy.conditions.includes(type));
  const wanted = chosen.map((condition) => [condition.type, wantedOf(condition, world, live)] as const);
  const left = live.conditions.filter(
    (condition) => !chosen.some(({ type }) => type === condition.type) && ownerOf(live, condition) !== "foreign",
  );
  return new Map([...wanted, ...left.map(({ type }) => [type, abandoned] as const)]);
}

function wantedOf(condition: Condition, world: World, live: ClusterNode): Wanted {
  const { type } = condition;
  const there = live.conditions.find((other) => other.type === type);
  if (there !== undefined && ownerOf(live, there) === "foreign") return held(foreignText(live, type), type);
  const judgement = condition.judge(world, live.name);
  switch (judgement.kind) {
    case "status":
      if (judgement.isSilence === true && there === undefined) return held(judgement.message, type);
      return spoken(judgement, type, there !== undefined && isJustSaid(there, world.nowMs));
    case "absent":
      return { kind: "absent", why: { ...noWhy, text: judgement.text, place: placeOf(type), facts: judgement.facts } };
    case "hold":
      return held(judgement.reason, type, judgement.facts);
  }
}

/** A finding that fires has lasted as long as its rule asks, or was declared: neither waits again, but for other words of what is False already. */
function spoken(judgement: Extract<Judgement, { readonly kind: "status" }>, type: string, isFalseSinceJustNow: boolean): Wanted {
  const { status, reason, facts, rule } = judgement;
  const message = conditionMessage(judgement.message);
  const isDeclared = status === "False" && !isFalseSinceJustNow;
  const why = { ...noWhy, text: message, place: rule ?? placeOf(type), facts, isDeclared };
  return { kind: "value", value: conditionText({ status, reason, message }), why };
}

/** By the clock of whoever wrote it: what was said in the future was said just now. */
function isJustSaid({ status, lastHeartbeatAtMs = 0 }: NodeCondition, nowMs: number): boolean {
  return status === "False" && nowMs - lastHeartbeatAtMs < quietMs;
}

function held(reason: string, type: string, facts: Why["facts"] = []): Wanted {
  return { kind: "hold", reason, why: { ...noWhy, text: reason, place: placeOf(type), facts } };
}

function foreignText(live: ClusterNode, type: string): string {
  const names = writersOf(live, type).map(({ name }) => name);
  const who = names.join(", ") || "somebody else";
  return `${who} writes this condition, so nodekeeper leaves it alone; take it out of the policy's conditions, or have ${who} write another type`;
}

function placeOf(type: string): string {
  return `conditions.${type}`;
}

const noWhy = { expression: "", facts: [] };
const abandoned: Wanted = {
  kind: "absent",
  why: { ...noWhy, text: "the policy does not name this condition any more", place: "conditions" },
};
