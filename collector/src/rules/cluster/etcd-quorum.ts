/**
 * How many members of etcd may fail. Two are worse than one, since either of them takes the cluster's API along; an even number bears no more than
 * the odd one below it. This must be told before it happens: without its quorum the cluster can be asked nothing, and its last word stays as it was.
 * Of a cluster on SQLite or on a database elsewhere nothing is said.
 */
import { inWords } from "@nodekeeper/shared";
import type { Severity } from "@nodekeeper/shared/api";
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import { type EtcdMember, etcdStanding } from "../../state/cluster/etcd-members.ts";
import { isReady } from "../../state/cluster/node-conditions.ts";
import { theCluster } from "../support/cluster-nodes.ts";
import { evidenceOf } from "../support/evidence.ts";

export const etcdQuorum: ClusterRule = defineClusterRule({
  code: "etcd-quorum",
  title: "etcd bears no failure",
  severity: "high",
  holdMs: 5 * 60_000, // a server that restarts, or one that joins
  clearMs: 60_000,
  evaluate: (view) => [judge(view)],
});

const addServer = "Add a server, so that their number is odd and at least three";
const oneAgain =
  "or go back to one: take a snapshot (k3s etcd-snapshot save), then k3s server --cluster-reset on the one that stays";

/** How it stands with the voters. */
interface Quorum {
  readonly voters: number;
  readonly quorum: number;
  /** Voters that are in touch with the leader, and whose node is ready. */
  readonly healthy: number;
}

function judge({ nodes, nowMs }: ClusterRuleView): Verdict {
  const subject = theCluster;
  const standing = etcdStanding(nodes, nowMs);
  if (standing.kind === "none") return { kind: "clear", subject };
  if (standing.kind === "unknown") return { kind: "hold", subject, reason: standing.reason };

  const { members, voters, quorum, healthy, spokeAtMs } = standing;
  const counts = { voters, quorum, healthy };
  const voting = members.filter(({ isVoter }) => isVoter);
  const trouble = troubleOf(counts, voting);
  if (trouble === undefined) return { kind: "clear", subject };
  const reasons = Object.fromEntries(members.map(({ node, voter }) => [node.name, `${voter.reason}, ready: ${isReady(node)}`]));
  const measure = { name: "members_not_well", level: voters - healthy };
  return { kind: "raise", subject, ...trouble, evidence: evidenceOf({ ...counts, ...reasons }, spokeAtMs), measure };
}

function troubleOf(
  { voters, quorum, healthy }: Quorum,
  voting: readonly EtcdMember[],
): { readonly severity: Severity; readonly text: string; readonly action: string } | undefined {
  const names = inWords(voting.map(({ node }) => node.name));
  if (voters === 0) return undefined;
  if (voters === 1) {
    return {
      severity: "low",
      text: `etcd has one member (${names}): while it is down, the cluster's API is, too`,
      action: "Nothing, if that may be; keep its snapshots on another machine. To bear the loss of one there must be three.",
    };
  }
  if (voters === 2) {
    return {
      severity: "high",
      text: `etcd has two members (${names}): when either of them is down, the cluster's API is, too, which is worse than one`,
      action: `${addServer}, ${oneAgain}.`,
    };
  }
  if (healthy <= quorum) {
    const ill = inWords(voting.filter(({ isHealthy }) => !isHealthy).map(({ node }) => node.name));
    const isLost = healthy < quorum;
    return {
      severity: "high",
      text: `of etcd's ${voters} members ${healthy} are well and ${quorum} must be: ${isLost ? "the cluster's API is about to fail" : "with the next failure the cluster's API is down"} (not well: ${ill})`,
      action: `Bring ${ill} back first, and restart no other server until then; if one does not come back, take it out of the cluster.`,
    };
  }
  if (voters % 2 === 0) {
    return {
      severity: "medium",
      text: `etcd has ${voters} members (${names}): that bears no more failures than ${voters - 1}, and needs one more to be well`,
      action: `${addServer}, or take one out.`,
    };
  }
  return undefined;
}
