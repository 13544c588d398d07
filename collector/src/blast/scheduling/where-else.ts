/**
 * Whether a pod could run on another node, by the scheduler's own rules: selector, affinity, the volumes that it needs, taints, and whether the node
 * takes anybody. Room is not counted, and neither are rules about other pods.
 */
import { inWords } from "@nodekeeper/shared";
import type { ClusterNode, NodeTaint } from "../../state/cluster/cluster-node.ts";
import { isReady } from "../../state/cluster/node-conditions.ts";
import type { LocalVolume } from "../objects/local-volume.ts";
import { choosesNode } from "../objects/node-terms.ts";
import { type Pod, tolerates } from "../objects/pod.ts";

/** What was found. */
export type WhereElse =
  /** Names, sorted. */
  | { readonly kind: "elsewhere"; readonly nodes: readonly string[] }
  /** Why, as the end of a sentence: "its nodeSelector asks for …". */
  | { readonly kind: "nowhere"; readonly reason: string };

/** Taints that the cluster itself sets on nodes which take nobody now. */
const taintsOfState: ReadonlySet<string> = new Set([
  "node.kubernetes.io/unschedulable",
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
]);

/** Where else. `volumes` are those of its claims that lie on nodes; `others` are all nodes but its own. */
export function whereElse(pod: Pod, volumes: readonly LocalVolume[], others: readonly ClusterNode[]): WhereElse {
  if (others.length === 0) return nowhere("there is no other node");

  const selected = others.filter((node) => missingLabels(pod, node).length === 0);
  if (selected.length === 0) return nowhere(`its nodeSelector asks for ${selectorText(pod, others)}`);

  const liked = selected.filter((node) => choosesNode(pod.terms, node));
  if (liked.length === 0) return nowhere("its node affinity fits no other node");

  const bound = volumes.find(({ terms }) => !liked.some((node) => choosesNode(terms, node)));
  if (bound !== undefined) return nowhere(`its volume ${bound.claim ?? bound.name} is bound to this node`);
  const reaching = liked.filter((node) => volumes.every(({ terms }) => choosesNode(terms, node)));
  if (reaching.length === 0) return nowhere("no other node reaches all its volumes");

  const bearing = reaching.filter((node) => hinderingTaint(pod, node) === undefined);
  if (bearing.length === 0) {
    const taint = reaching.map((node) => hinderingTaint(pod, node)).find((one) => one !== undefined);
    const text = taint === undefined ? "" : ` ${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`;
    return nowhere(`it does not tolerate the taint${text} of ${namesOf(reaching)}`);
  }

  const open = bearing.filter((node) => isReady(node) && !node.isCordoned);
  if (open.length === 0) {
    const states = bearing.map((node) => `${node.name} is ${isReady(node) ? "cordoned" : "not ready"}`);
    return nowhere(`of the other nodes that it may run on ${inWords(states)}`);
  }
  return { kind: "elsewhere", nodes: open.map(({ name }) => name).sort() };
}

function nowhere(reason: string): WhereElse {
  return { kind: "nowhere", reason };
}

function missingLabels({ nodeSelector }: Pod, { labels }: ClusterNode): readonly (readonly [string, string])[] {
  return Object.entries(nodeSelector).filter(([key, value]) => labels[key] !== value);
}

/** What no other node has; all of it where each part is somewhere, and nowhere together. */
function selectorText({ nodeSelector }: Pod, others: readonly ClusterNode[]): string {
  const pairs = Object.entries(nodeSelector);
  const unknown = pairs.filter(([key, value]) => others.every(({ labels }) => labels[key] !== value));
  return inWords((unknown.length === 0 ? pairs : unknown).map(([key, value]) => `${key}=${value}`));
}

function hinderingTaint(pod: Pod, { taints }: ClusterNode): NodeTaint | undefined {
  return taints.find((taint) => taint.effect !== "PreferNoSchedule" && !taintsOfState.has(taint.key) && !tolerates(pod, taint));
}

function namesOf(nodes: readonly ClusterNode[]): string {
  return inWords(nodes.map(({ name }) => name));
}
