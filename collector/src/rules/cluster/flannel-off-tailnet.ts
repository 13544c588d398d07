/**
 * The nodes of a cluster know each other by Tailscale's addresses, and the packets of a node's pods leave it by another interface: pods there and pods
 * on nodes elsewhere do not reach each other, while the nodes themselves look well.
 *
 * Two witnesses: what flannel wrote on the Node for the others (by that address they send to it), and what the agent sees of the interface. A node
 * that is itself not in the tailnet is told of by node-address-off-tailnet, and not twice.
 */
import { type AgentWord, type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { isOnTailnet, isTailnetAddress, isTailnetCluster } from "../../state/cluster/node-addresses.ts";
import { isFreshAndOk } from "../../state/node-view.ts";
import { aboutNode } from "../support/cluster-nodes.ts";

export const flannelOffTailnet: ClusterRule = defineClusterRule({
  code: "flannel-off-tailnet",
  title: "Network of pods is not on the tailnet",
  severity: "medium",
  holdMs: 10 * 60_000,
  clearMs: 60_000,
  evaluate(view) {
    if (!isTailnetCluster(view.nodes)) return view.nodes.map((node) => ({ kind: "clear", subject: aboutNode(node) }));
    return view.nodes.map((node) => judge(node, view));
  },
});

function judge(node: ClusterNode, view: ClusterRuleView): Verdict {
  const subject = aboutNode(node);
  if (!isOnTailnet(node)) return { kind: "clear", subject };
  const agent = view.agent(node, "network", "overlay_network");
  const annotated = node.annotations["flannel.alpha.coreos.com/public-ip"];
  const leavesBy = underlyingInterface(agent);
  const isAnnotationOff = annotated !== undefined && !isTailnetAddress(annotated);
  const isInterfaceOff = leavesBy !== undefined && leavesBy !== "" && !leavesBy.startsWith("tailscale");
  if (isAnnotationOff || isInterfaceOff) {
    const way = isInterfaceOff ? `by ${leavesBy}` : `to ${annotated}`;
    return {
      ...{ kind: "raise", subject },
      text: `packets of pods on ${node.name} go ${way} and not over the tailnet, as the nodes do: pods on nodes elsewhere do not reach them`,
      action: `Start K3s on ${node.name} with --flannel-iface=tailscale0, in /etc/rancher/k3s/config.yaml, and restart it.`,
      evidence: [
        { name: "flannel_public_ip", value: annotated ?? "not known" },
        { name: "underlying_interface", value: leavesBy ?? "not known" },
      ],
    };
  }
  // Where there is an agent, both witnesses are waited for.
  const isTold =
    annotated === undefined ? leavesBy !== undefined && leavesBy !== "" : leavesBy !== undefined || agent.kind === "none";
  return isTold ? { kind: "clear", subject } : { kind: "hold", subject, reason: "not known which way its pods' packets take" };
}

/** The interface that the overlay's packets leave by, as the agent sees it now; empty where nothing says which; undefined: not known now. */
function underlyingInterface(agent: AgentWord): string | undefined {
  if (agent.kind !== "said" || !isFreshAndOk(agent.subject) || agent.subject.value?.case !== "overlayNetwork") return undefined;
  return agent.subject.value.value.underlyingInterfaceName;
}
