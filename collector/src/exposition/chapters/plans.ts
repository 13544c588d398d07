/** What would be written to each node's objects and is not yet, and what is left as it is since it cannot be told. */
import { type Chapter, type Family, labelsOf } from "../chapter.ts";

const planned: Family = {
  name: "nodekeeper_node_planned_changes",
  type: "gauge",
  help: "Labels, taints, conditions and the like of the node that would be written, by what they wait for; not there while there are none.",
};
const held: Family = {
  name: "nodekeeper_node_held_items",
  type: "gauge",
  help: "Labels, taints, conditions and the like of the node that cannot be told now and stay as they are, by reconciler.",
};

export const plans: Chapter = {
  families: [planned, held],
  write(node, moment, sheet) {
    const plan = moment.planOf(node.name);
    if (plan === undefined) return;
    for (const [key, same] of Map.groupBy(
      plan.operations,
      ({ reconciler, waiting }) => `${reconciler} ${waiting?.for ?? "nothing"}`,
    )) {
      const [reconciler = "", reason = ""] = key.split(" ");
      sheet.add(planned, labelsOf({ node: node.name, reconciler, for: reason }), same.length);
    }
    for (const [reconciler, same] of Map.groupBy(plan.held, (each) => each.reconciler))
      sheet.add(held, labelsOf({ node: node.name, reconciler }), same.length);
  },
};
