/**
 * A Node stands for another machine than the one that bears its name now. Where the Node is not ready, the machine was installed anew or replaced and does
 * not join: K3s keeps a password for each name that ever joined, and refuses whoever does not know it. Where it is ready, there are two machines with
 * one name. Nothing is written on such a Node.
 */
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { isSameMachine } from "../../state/cluster/is-same-machine.ts";
import { isReady } from "../../state/cluster/node-conditions.ts";
import { nodeFreshness } from "../../state/node-view.ts";
import { aboutNode } from "../support/cluster-nodes.ts";
import { evidenceOf } from "../support/evidence.ts";

export const nodeMachineReplaced: ClusterRule = defineClusterRule({
  code: "node-machine-replaced",
  title: "Node stands for another machine",
  severity: "medium",
  holdMs: 3 * 60_000, // K3s starts after the agent, and tells its machine-id within a minute or two
  clearMs: 0,
  evaluate: (view) => view.nodes.map((node) => judge(node, view)),
});

function judge(node: ClusterNode, { machine, nowMs, version = "" }: ClusterRuleView): Verdict {
  const subject = aboutNode(node);
  const agent = machine(node.name);
  if (agent === undefined || isSameMachine(agent, node)) return { kind: "clear", subject };
  if (nodeFreshness(agent, nowMs) !== "fresh") return { kind: "hold", subject, reason: "its agent is not heard now" };
  const { name, info } = node;
  const facts = { machine_id: agent.machineId, node_machine_id: info.machineId, is_ready: isReady(node), node_uid: node.uid };
  const evidence = evidenceOf(facts, agent.lastContactAtMs);
  if (isReady(node)) {
    return {
      ...{ kind: "raise", subject, evidence },
      text: `two machines are called ${name}: the Node is ready and stands for another one than that whose agent speaks`,
      action: `Give one of them another name: with --node-name for the agent, or with node-name in /etc/rancher/k3s/config.yaml and a new host name for the machine.`,
    };
  }
  const isK3s = `${version} ${info.kubeletVersion}`.includes("+k3s");
  return {
    ...{ kind: "raise", subject, evidence },
    text: `${name} was installed anew or replaced, and does not join: its Node still stands for the machine before${isK3s ? ", whose password K3s keeps" : ""}`,
    action: isK3s
      ? `kubectl -n kube-system delete secret ${passwordSecret(name)}, then restart K3s on ${name} (systemctl restart k3s-agent; on a server k3s). Longhorn's entries of disks that were in the old machine stay until somebody takes them out.`
      : `Join ${name} to the cluster again (kubeadm join), after kubectl delete node ${name} where it is refused.`,
  };
}

/** Where K3s keeps the password with which a name joined first. */
function passwordSecret(node: string): string {
  return `${node}.node-password.k3s`;
}
