/**
 * Remembers which addresses were those of Nodes that are gone, so that names which still point at them can be told from all other addresses. What a
 * finding was made of outlives this process in its evidence.
 */
import type { Evidence, Finding } from "@nodekeeper/shared/api";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import type { FormerAddress } from "./cluster-rule.ts";

/** The memory of this process. */
export interface FormerAddresses {
  readonly current: ReadonlyMap<string, FormerAddress>;
  /** Takes in a complete list. */
  see(nodes: readonly ClusterNode[], nowMs: number): void;
}

/** More than that are not remembered; the oldest go. */
const maximumCount = 1_000;

const evidenceName = "former_address";

/** Remembers what open findings were made of, and nothing else yet. */
export function createFormerAddresses(restored: readonly Finding[] = []): FormerAddresses {
  const former = new Map(restored.flatMap(({ evidence }) => evidence.flatMap(readEvidence)));
  let present: ReadonlyMap<string, string> = new Map();

  return {
    current: former,
    see(nodes, nowMs) {
      const now = new Map(nodes.flatMap((node) => nodeAddresses(node).map((address) => [address, node.name] as const)));
      for (const [address, node] of present) if (!now.has(address)) former.set(address, { node, goneSinceMs: nowMs });
      for (const address of now.keys()) former.delete(address);
      for (const address of former.keys()) {
        if (former.size <= maximumCount) break;
        former.delete(address);
      }
      present = now;
    },
  };
}

/** An address of a Node that is gone, as the evidence of a finding. */
export function formerAddressEvidence(address: string, { node, goneSinceMs }: FormerAddress): Evidence {
  return { name: evidenceName, value: `${address} ${node}`, observedAt: new Date(goneSinceMs).toISOString() };
}

/** Addresses by which a Node is reached, in lower case; names are not among them. */
export function nodeAddresses(node: Pick<ClusterNode, "addresses">): readonly string[] {
  return node.addresses
    .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
    .map(({ address }) => address.toLowerCase());
}

function readEvidence({ name, value, observedAt }: Evidence): readonly (readonly [string, FormerAddress])[] {
  const [address, node] = String(value).split(" ");
  if (name !== evidenceName || address === undefined || node === undefined || observedAt === undefined) return [];
  return [[address, { node, goneSinceMs: Date.parse(observedAt) }]];
}
