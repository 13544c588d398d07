/** What could not be told of a node, and why, with what only the collector knows: probes that the agent runs and that never spoke. */
import type { NodeDetail, NodeHealth } from "@nodekeeper/shared/api";
import { unknownsOf as unknownsOfFacts } from "@nodekeeper/shared/readings";
import type { NodeView } from "../../state/node-view.ts";

/** `facts` are those of the node's detail. */
export function unknownsOf(view: NodeView, facts: Pick<NodeDetail, "probes" | "lists" | "subjects">): NodeHealth["unknowns"] {
  const told = unknownsOfFacts(facts).map(({ probe, kind, id, reason }) => ({
    probe,
    ...(kind === undefined ? {} : { kind }),
    ...(id === undefined ? {} : { id }),
    reason,
  }));
  return [...silentProbes(view), ...told];
}

/** Probes that the agent runs and that have not said anything yet. */
function silentProbes({ node }: NodeView): NodeHealth["unknowns"] {
  const names = node.runningProbes?.filter((name) => !node.probes.has(name)) ?? [];
  return names.map((probe) => ({ probe, reason: "it has not reported yet" }));
}
