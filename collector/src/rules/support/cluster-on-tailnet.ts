/** Whether a node's cluster talks over Tailscale: without its tailnet the node is cut off. */
import { Outcome } from "@nodekeeper/proto";
import { isTailnetAddress } from "../../state/cluster/node-addresses.ts";
import { type NodeView, valuesOf } from "../../state/node-view.ts";

/** By the addresses that K3s was given. */
export function isClusterOnTailnet(view: NodeView): boolean {
  const [k3s] = valuesOf(view, "k3s");
  if (k3s === undefined || k3s.subject.outcome === Outcome.ABSENT) return false;
  return k3s.value.nodeAddresses.some(isTailnetAddress);
}
