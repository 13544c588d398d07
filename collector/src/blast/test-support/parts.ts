/** Parts that most clusters of tests have. */
import { aDisk, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import { condition, nodeOf } from "../../test-support/judge-cluster.ts";
import type { PodInit } from "./cluster-init.ts";

/** A Node that only works. */
export function worker(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return nodeOf(name, { ...more, labels: { "kubernetes.io/hostname": name, ...more.labels } });
}

/** A server of K3s with a member of etcd that is well, or that the leader says something else of. */
export function server(name: string, reason = "MemberNotLearner", more: Partial<ClusterNode> = {}): ClusterNode {
  const voter = condition("EtcdIsVoter", reason === "MemberNotLearner" ? "True" : "False", { reason });
  const roles = { "node-role.kubernetes.io/etcd": "true", "node-role.kubernetes.io/control-plane": "true" };
  return worker(name, { conditions: [condition("Ready", "True"), voter], ...more, labels: { ...roles, ...more.labels } });
}

/** A node that fell silent. */
export const silent: Partial<ClusterNode> = { conditions: [condition("Ready", "Unknown")] };

/** A node of Longhorn with its default disk under /var/lib/longhorn: "name/root". */
export function longhornOn(name: string): LonghornNode {
  return aNode(name, {}, [aDisk("root", { path: "/var/lib/longhorn/" })]);
}

/** What runs on every node, and nobody counts as lost. */
export function nodesOwn(node: string): readonly PodInit[] {
  return [
    {
      on: node,
      name: `nodekeeper/agent-${node}`,
      owner: "DaemonSet nodekeeper-agent",
      folders: ["/dev"],
      tolerations: [{ operator: "Exists" }],
    },
    {
      on: node,
      name: `longhorn-system/longhorn-manager-${node}`,
      owner: "DaemonSet longhorn-manager",
      folders: ["/var/lib/longhorn"],
    },
    {
      on: node,
      name: `longhorn-system/instance-manager-${node}`,
      owner: "InstanceManager im",
      apiVersion: "longhorn.io/v1beta2",
    },
    { on: node, name: `kube-system/helm-install-${node}`, owner: "Job helm-install", phase: "Succeeded" },
  ];
}

/** A selector of one node by its name. */
export function only(node: string): { readonly selector: Readonly<Record<string, string>> } {
  return { selector: { "kubernetes.io/hostname": node } };
}
