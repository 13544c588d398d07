/** The last steps of a node that goes: it is ended and forgotten, here and by the cluster. */
import { isReady } from "../../state/cluster/node-conditions.ts";
import { withKubectl } from "../advice/commands.ts";
import { programOf } from "../advice/program-of.ts";
import type { Picture } from "../picture.ts";
import type { FoundStep } from "./found-step.ts";

/** A kubelet that runs registers its Node anew. */
export function stopped({ clusterNode, node }: Picture): FoundStep {
  const program = programOf(clusterNode?.info.kubeletVersion);
  const isServer = Object.keys(clusterNode?.labels ?? {}).some((key) =>
    /^node-role\.kubernetes\.io\/(control-plane|etcd)$/.test(key),
  );
  const unit =
    program === undefined
      ? "kubelet"
      : program === "k3s"
        ? isServer
          ? "k3s"
          : "k3s-agent"
        : `rke2-${isServer ? "server" : "agent"}`;
  const kill = program === undefined ? "" : ` && sudo ${program}-killall.sh`;
  const step = { name: "stopped", command: `sudo systemctl disable --now ${unit}${kill}`, on: node };
  if (clusterNode === undefined || !isReady(clusterNode)) return { ...step, is: "done", text: "its kubelet does not run" };
  return { ...step, is: "undone", text: "stop its kubelet for good, which would register it anew" };
}

/** nodekeeper has forgotten it. */
export function retired({ machines, node }: Picture, hasCredential: boolean): FoundStep {
  const step = { name: "retired", command: `nodekeeper retire ${node}`, on: "the collector" };
  const state = machines.find(({ name }) => name === node);
  if (state === undefined && !hasCredential) return { ...step, is: "done", text: "nodekeeper has forgotten it" };
  const end = state?.connection.kind === "connected" ? ", as soon as its agent has ended" : "";
  const text = hasCredential ? `forget it, and revoke its credential${end}` : `forget it${end}`;
  return { ...step, is: "undone", text };
}

/** The Node is gone. */
export function nodeDeleted({ clusterNode, nodes, node }: Picture): FoundStep {
  const step = { name: "node-deleted", command: `kubectl delete node ${node}`, on: withKubectl };
  if (nodes.kind === "failed") return { ...step, is: "unknown", text: `the cluster's Nodes: ${nodes.reason}` };
  if (clusterNode === undefined) return { ...step, is: "done", text: "it is no Node of the cluster" };
  return { ...step, is: "undone", text: "delete the Node, with all labels, conditions and taints that nodekeeper wrote on it" };
}

/** Secrets are not read: whether it is there stays unknown, and deleting one that is not there does no harm. */
export function nodePassword({ clusterNode, node }: Picture): readonly FoundStep[] {
  if (clusterNode !== undefined && programOf(clusterNode.info.kubeletVersion) === undefined) return [];
  const command = `kubectl -n kube-system delete secret ${node}.node-password.${programOf(clusterNode?.info.kubeletVersion) ?? "k3s"} --ignore-not-found`;
  const text = "the cluster takes no other machine by this name while its password is kept; Secrets are not read here";
  return [{ name: "node-password-deleted", is: "unknown", text, command, on: withKubectl }];
}
