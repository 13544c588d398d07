/** Whether the start-up taint of a Node is to go: once in the life of a Node, when the machine is ready. */
import type { Decision, Wanted, Why } from "../reconciler.ts";
import { startupTaint } from "../support/startup-taint-key.ts";
import type { World } from "../world.ts";
import { seeStartup } from "./see-startup.ts";

/** Decides. */
export function decideStartup(world: World, key: string): Decision {
  const { domain } = world.policy;
  const live = world.cluster.node(key);
  if (live === undefined) return { kind: "hold", reason: "the cluster has no Node of this name" };
  const { items, ledger } = seeStartup(live, domain);
  const item = startupTaint(domain);
  const isThere = items.has(item);
  if (ledger.size > 0) {
    const once: Wanted = { kind: "absent", why: whyOf("the machine was ready once") };
    const wishes = new Map<string, Wanted>([...ledger.keys()].map((each) => [each, once]));
    if (isThere) wishes.set(item, held("it was taken away when the machine was ready, and somebody set it again: it stays"));
    return { kind: "items", items: wishes };
  }
  if (!isThere) return { kind: "items", items: new Map() };
  // Nothing can be placed there while it waits: it waits for nothing else.
  const why = { ...whyOf("the machine is ready"), isDeclared: true };
  const wanted: Wanted = world.isReady(key)
    ? { kind: "absent", why }
    : held(`the machine is not ready yet: nodekeeper onboard status ${key}`);
  return { kind: "items", items: new Map([[item, wanted]]) };
}

function held(reason: string): Wanted {
  return { kind: "hold", reason, why: whyOf(reason) };
}

function whyOf(text: string): Why {
  return { text, place: "onboarding", expression: "", facts: [] };
}
