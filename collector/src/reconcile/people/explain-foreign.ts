/** Labels, taints and conditions of a Node that are nobody's of ours, for whoever asks about one by its whole name. Pure. */
import type { Explanation } from "@nodekeeper/shared/api";
import type { ClusterNode, FieldManager } from "../../state/cluster/cluster-node.ts";
import { isoTime } from "../../state/iso-time.ts";
import { explanationOf, foreignText } from "./explain-node.ts";

/** Tells of it; undefined where the Node has nothing of the name. */
export function explainForeign(node: ClusterNode, item: string): Explanation | undefined {
  const label = node.labels[item];
  if (label !== undefined) return told(node, { item, noun: "label", live: label, writers: writersOf(node, "labels", item) });
  const condition = node.conditions.find(({ type }) => type === item);
  if (condition !== undefined) {
    const { status, reason, message } = condition;
    const live = [status, reason, message].filter((text) => text !== "").join(": ");
    return told(node, { item, noun: "condition", live, writers: writersOf(node, "conditions", item) });
  }
  const taint = node.taints.find(({ key }) => key === item);
  if (taint === undefined) return undefined;
  return told(node, { item, noun: "taint", live: `${taint.value}:${taint.effect}`, writers: [] });
}

interface Foreign {
  readonly item: string;
  readonly noun: string;
  readonly live: string;
  readonly writers: readonly FieldManager[];
}

function told({ name: node }: ClusterNode, { item, noun, live, writers }: Foreign): Explanation {
  const others = writers.map(({ name: manager, atMs }) => ({ manager, atMs }));
  return explanationOf(
    { reconciler: "", noun, node, item },
    {
      ...{ live, owner: "foreign", wanted: "hold", why: foreignText(others) },
      others: others.map(({ manager, atMs }) => (atMs === undefined ? { manager } : { manager, at: isoTime(atMs) })),
      next: "nothing of ours: nodekeeper writes it never",
    },
  );
}

function writersOf({ managers }: ClusterNode, kind: "labels" | "conditions", item: string): readonly FieldManager[] {
  return managers.filter((manager) => manager[kind].includes(item));
}
