/** What reconcilers have in common whose objects are the cluster's Nodes: which there are, which one a change concerns, and how one is looked at. */
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../../policy/policy.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { Reconciler, Seen } from "../reconciler.ts";
import { answeredNode } from "./answered-node.ts";

/** What it needs. */
export interface NodeObjectsInit<Its extends Seen> {
  readonly client: Pick<KubernetesClient, "readNode">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
  /** Whether findings of a node concern it. */
  readonly readsFindings: boolean;
  /** Pure. */
  see(node: ClusterNode, domain: string): Its;
}

/** That part of a reconciler. */
export function nodeObjects<Its extends Seen>({
  client,
  policy: policies,
  readsFindings,
  see,
}: NodeObjectsInit<Its>): Pick<Reconciler<Its>, "affects" | "keys" | "seen" | "observe"> {
  return {
    affects(change, { cluster }) {
      const known = (name: string): readonly string[] => (cluster.node(name) === undefined ? [] : [name]);
      switch (change.kind) {
        case "node":
          return known(change.name);
        case "findings":
          return readsFindings ? known(change.node) : [];
        case "longhorn-node":
        case "longhorn":
        case "onboarding":
        case "routes":
          return [];
        case "cluster-node":
          return [change.name]; // also where it is gone
        case "policy":
        case "decisions":
          return "all";
      }
    },
    keys: ({ cluster }) => cluster.nodes().map(({ name }) => name),
    seen({ cluster, policy }, key) {
      const node = cluster.node(key);
      return node && see(node, policy.domain);
    },
    async observe(key, signal) {
      const answer = await client.readNode(key, signal);
      return answer && see(answeredNode(answer), policies.current.domain);
    },
  };
}
