/**
 * How it stands with the members of the embedded etcd, by what its leader writes on the Nodes of K3s and RKE2 (condition EtcdIsVoter, every five
 * minutes). A cluster on SQLite or on a database elsewhere has none of it.
 */
import type { ClusterNode, NodeCondition } from "./cluster-node.ts";
import { conditionOf, isReady } from "./node-conditions.ts";

/** A member, with what the leader says of it. */
export interface EtcdMember {
  readonly node: ClusterNode;
  readonly voter: NodeCondition;
  /** It counts for the majority. An unhealthy learner looks like an unhealthy voter, and counts as one. */
  readonly isVoter: boolean;
  /** It votes, is in touch with the leader, and its node is ready. */
  readonly isHealthy: boolean;
}

/** How it stands. */
export type EtcdStanding =
  /** No node of the cluster has an etcd. */
  | { readonly kind: "none" }
  /** It cannot be told now, and why. */
  | { readonly kind: "unknown"; readonly reason: string }
  | {
      readonly kind: "known";
      readonly members: readonly EtcdMember[];
      readonly voters: number;
      /** So many voters must be healthy. */
      readonly quorum: number;
      readonly healthy: number;
      /** When the leader was heard last. */
      readonly spokeAtMs: number;
    };

/** The leader writes every five minutes; after three times that nobody leads, or nobody can write. */
const wordLimitMs = 15 * 60_000;
/** Of EtcdIsVoter. */
const votingReasons: ReadonlySet<string> = new Set(["MemberNotLearner", "Unhealthy"]);

/** Members of the embedded etcd, as K3s and RKE2 label them. */
export function etcdNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  return nodes.filter(({ labels }) => labels["node-role.kubernetes.io/etcd"] === "true");
}

/** How it stands at a moment. */
export function etcdStanding(nodes: readonly ClusterNode[], nowMs: number): EtcdStanding {
  const servers = etcdNodes(nodes);
  if (servers.length === 0) return { kind: "none" };
  const members = servers.flatMap((node) => memberOf(node) ?? []);
  if (members.length < servers.length) return { kind: "unknown", reason: "not of every server is it known whether it votes" };
  const spokeAtMs = Math.max(...members.map(({ voter }) => voter.lastHeartbeatAtMs ?? 0));
  if (nowMs - spokeAtMs > wordLimitMs) return { kind: "unknown", reason: "etcd's leader was not heard of lately" };
  const voters = members.filter(({ isVoter }) => isVoter).length;
  const healthy = members.filter(({ isHealthy }) => isHealthy).length;
  return { kind: "known", members, voters, quorum: Math.floor(voters / 2) + 1, healthy, spokeAtMs };
}

function memberOf(node: ClusterNode): EtcdMember | undefined {
  const voter = conditionOf(node, "EtcdIsVoter");
  if (voter === undefined) return undefined;
  const isHealthy = voter.reason === "MemberNotLearner" && isReady(node);
  return { node, voter, isVoter: votingReasons.has(voter.reason), isHealthy };
}
