/** By which addresses the nodes of a cluster know each other. */
import type { ClusterNode } from "./cluster-node.ts";

/** Whether it is one of Tailscale's: 100.64.0.0/10, fd7a:115c:a1e0::/48. Behind a provider's NAT other machines may have one of the former, too. */
export function isTailnetAddress(address: string): boolean {
  const second = Number(/^100\.(\d+)\./.exec(address)?.[1]);
  return (second >= 64 && second < 128) || address.toLowerCase().startsWith("fd7a:115c:a1e0:");
}

/** Addresses by which other nodes reach it. */
export function internalAddresses({ addresses }: Pick<ClusterNode, "addresses">): readonly string[] {
  return addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
}

/** Whether one of the addresses by which others reach it is Tailscale's. */
export function isOnTailnet(node: Pick<ClusterNode, "addresses">): boolean {
  return internalAddresses(node).some(isTailnetAddress);
}

/** Whether the nodes of a cluster are meant to talk over Tailscale: most of those of which an address is known do. */
export function isTailnetCluster(nodes: readonly Pick<ClusterNode, "addresses">[]): boolean {
  const addressed = nodes.filter((node) => internalAddresses(node).length > 0);
  return addressed.filter(isOnTailnet).length * 2 > addressed.length;
}
