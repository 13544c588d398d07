/**
 * etcd's members talk to each other over Tailscale. K3s says of its embedded etcd that this is not supported: servers should be in one place, since a
 * mesh that pauses or relays costs elections, and with them the API. It is said once, quietly: many do it knowingly.
 */
import { inWords } from "@nodekeeper/shared";
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { etcdNodes } from "../../state/cluster/etcd-members.ts";
import { internalAddresses, isTailnetAddress } from "../../state/cluster/node-addresses.ts";
import { theCluster } from "../support/cluster-nodes.ts";

export const etcdOnTailnet: ClusterRule = defineClusterRule({
  code: "etcd-on-tailnet",
  title: "etcd talks over Tailscale",
  severity: "low",
  holdMs: 10 * 60_000,
  clearMs: 10 * 60_000,
  evaluate({ nodes }) {
    const subject = theCluster;
    const members = etcdNodes(nodes);
    if (members.length < 2) return [{ kind: "clear", subject }]; // one talks to nobody
    if (members.some((member) => peerAddresses(member).length === 0))
      return [{ kind: "hold", subject, reason: "not of every server is an address known" }];
    const onTailnet = members.filter((member) => peerAddresses(member).some(isTailnetAddress));
    if (onTailnet.length === 0) return [{ kind: "clear", subject }];
    return [
      {
        kind: "raise",
        subject,
        text: `etcd's members (${inWords(onTailnet.map(({ name }) => name))}) talk over Tailscale, which K3s does not support for its embedded etcd`,
        action:
          "Put all servers into one network, or have one server only and join the others as agents; else know that a tailnet that pauses costs elections.",
        evidence: onTailnet.map((member) => ({ name: member.name, value: peerAddresses(member).join(", ") })),
      },
    ];
  },
});

/** K3s writes on each server by which address etcd's others reach it. */
function peerAddresses(node: ClusterNode): readonly string[] {
  const written = node.annotations["etcd.k3s.cattle.io/node-address"];
  return written === undefined || written === "" ? internalAddresses(node) : [written];
}
