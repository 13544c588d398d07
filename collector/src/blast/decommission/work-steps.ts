/** The work on a node that goes: nothing starts there, and nothing runs there. */
import { inWords } from "@nodekeeper/shared";
import { withKubectl } from "../advice/commands.ts";
import { placesOf, type Workload, workloadsOf } from "../judges/workloads.ts";
import type { Picture } from "../picture.ts";
import type { FoundStep } from "./found-step.ts";

/** Nothing new starts there. */
export function cordoned({ clusterNode, nodes, node }: Picture): FoundStep {
  const step = { name: "cordoned", command: `kubectl cordon ${node}`, on: withKubectl };
  if (nodes.kind === "failed") return { ...step, is: "unknown", text: `the cluster's Nodes: ${nodes.reason}` };
  if (clusterNode === undefined) return { ...step, is: "done", text: "it is no Node of the cluster" };
  return clusterNode.isCordoned
    ? { ...step, is: "done", text: "no pod starts there any more" }
    : { ...step, is: "undone", text: "let no pod start there" };
}

/** Nothing runs there any more but what runs on every node. */
export function drained(picture: Picture): FoundStep {
  const { pods, node } = picture;
  const command = `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`;
  const step = { name: "drained", command, on: withKubectl };
  if (pods.kind === "failed") return { ...step, is: "unknown", text: `pods on ${node}: ${pods.reason}` };
  const left = workloadsOf(pods.value).filter(({ owner }) => owner?.kind !== "DaemonSet");
  if (left.length === 0) return { ...step, is: "done", text: "nothing runs there but what runs on every node" };
  const stuck = left.filter((one) => placesOf(one, picture).kind === "nowhere");
  const doubt = stuck.length === 0 ? "" : `; nowhere else can run ${namesOf(stuck)}`;
  return { ...step, is: "undone", text: `move its work away: ${namesOf(left)}${doubt}` };
}

function namesOf(workloads: readonly Workload[]): string {
  return inWords(workloads.map(({ name }) => name));
}
