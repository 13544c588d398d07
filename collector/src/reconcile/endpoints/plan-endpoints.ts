/**
 * The steps from what a Service leads to to what it is to lead to. Putting a server in and taking one out are of the class describe: the slice tells
 * which servers answer, which is what was approved, and one that does not answer loses nothing by being left out. Neither dwell nor brake would do any
 * good there, since routing/reach.ts has waited already; each second more is a request that nobody answers. Taking the Service itself away is restrict.
 */
import type { Decision, Operation, Why } from "../reconciler.ts";
import { serviceItem } from "./names.ts";
import type { EndpointsSeen } from "./see-endpoints.ts";

/** Plans. */
export function planEndpoints(decision: Decision, { items, endpoints, foreign }: EndpointsSeen): readonly Operation[] {
  if (decision.kind === "hold" || foreign.length > 0) return [];
  const isGoing = decision.items.get(serviceItem)?.kind === "absent";
  const isKnown = (address: string, name: string): boolean => [...endpoints.values()].some((each) => each.get(address) === name);
  return [...decision.items].flatMap(([item, wish]): readonly Operation[] => {
    const live = items.get(item);
    if (wish.kind === "hold") return [];
    const { why } = wish;
    if (wish.kind === "absent")
      return live === undefined ? [] : [removalOf(item, live.value, isGoing ? "restrict" : "describe", why)];
    const { value: after } = wish;
    if (live?.value === after) return [];
    const step = { item, class: "describe", before: live?.value, after, why } as const;
    if (live === undefined) return [{ ...step, kind: "set" }];
    return [{ ...step, kind: item === serviceItem || isKnown(item, after) ? "repair" : "change" }];
  });
}

/** Plans to take everything of ours away. */
export function planPruneOfEndpoints({ items }: EndpointsSeen): readonly Operation[] {
  return [...items].map(([item, { value }]) => removalOf(item, value, "describe", pruned));
}

const pruned: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };

function removalOf(item: string, before: string, actionClass: Operation["class"], why: Why): Operation {
  return { item, kind: "remove", class: actionClass, before, after: undefined, why };
}
