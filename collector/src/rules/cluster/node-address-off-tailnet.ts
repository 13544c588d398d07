/**
 * A cluster whose nodes know each other by Tailscale's addresses has one that gives another: its own network reaches it perhaps, nodes elsewhere do
 * not. Or its address is a tailnet's, and not the one that the machine has (its key was renewed as another machine): nobody reaches it.
 */
import { type AgentWord, type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { internalAddresses, isTailnetAddress, isTailnetCluster } from "../../state/cluster/node-addresses.ts";
import { isFreshAndOk } from "../../state/node-view.ts";
import { aboutNode } from "../support/cluster-nodes.ts";

export const nodeAddressOffTailnet: ClusterRule = defineClusterRule({
  code: "node-address-off-tailnet",
  title: "Node's address is not its Tailscale address",
  severity: "medium",
  holdMs: 10 * 60_000, // a node that joins, or a tailnet that comes up after K3s
  clearMs: 60_000,
  evaluate(view) {
    if (!isTailnetCluster(view.nodes)) return view.nodes.map((node) => ({ kind: "clear", subject: aboutNode(node) }));
    return view.nodes.map((node) => judge(node, view));
  },
});

function judge(node: ClusterNode, view: ClusterRuleView): Verdict {
  const subject = aboutNode(node);
  const addresses = internalAddresses(node);
  if (addresses.length === 0) return { kind: "hold", subject, reason: "its kubelet gave no address" };
  const agent = view.agent(node, "tailscale", "tailscale");
  const machine = machineAddresses(agent);
  const given = addresses.filter(isTailnetAddress);
  const evidence = [
    { name: "internal_ip", value: addresses.join(", ") },
    { name: "tailscale_addresses", value: machine?.join(", ") ?? "not known" },
  ];
  const own = machine?.[0] ?? "<its Tailscale address>";
  const action = `Start K3s on ${node.name} with --node-ip=${own} --flannel-iface=tailscale0, in /etc/rancher/k3s/config.yaml, and restart it.`;
  if (given.length === 0) {
    return {
      ...{ kind: "raise", subject, action, evidence },
      text: `${node.name} gives ${addresses.join(", ")} as its address, and most other nodes are in the tailnet: those elsewhere do not reach it`,
    };
  }
  if (agent.kind === "none") return { kind: "clear", subject }; // nobody will ever say more
  if (machine === undefined) return { kind: "hold", subject, reason: "the machine's Tailscale addresses are not known now" };
  if (given.some((address) => machine.includes(address.toLowerCase()))) return { kind: "clear", subject };
  return {
    ...{ kind: "raise", subject, action, evidence, severity: "high" },
    text: `${node.name} gives ${given.join(", ")} as its address, and the machine has ${machine.join(", ")} in the tailnet: no node reaches it`,
  };
}

/** As its agent has them from tailscaled now; undefined: nobody knows. */
function machineAddresses(agent: AgentWord): readonly string[] | undefined {
  if (agent.kind !== "said" || !isFreshAndOk(agent.subject) || agent.subject.value?.case !== "tailscale") return undefined;
  const { addresses } = agent.subject.value.value;
  return addresses.length === 0 ? undefined : addresses.map((address) => address.toLowerCase());
}
