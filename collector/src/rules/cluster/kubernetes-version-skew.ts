/**
 * Versions that Kubernetes does not support together: a kubelet may not be newer than its API server, and not more than three minor versions older
 * (https://kubernetes.io/releases/version-skew-policy/). Nodes of different minor versions are supported, and worth a word when they stay so.
 */
import { inWords } from "@nodekeeper/shared";
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { aboutNode, theCluster } from "../support/cluster-nodes.ts";

export const kubernetesVersionSkew: ClusterRule = defineClusterRule({
  code: "kubernetes-version-skew",
  title: "Versions of Kubernetes do not fit together",
  severity: "medium",
  holdMs: 60 * 60_000, // an upgrade goes from node to node
  clearMs: 60_000,
  evaluate({ nodes, version }) {
    const server = versionOf(version ?? "");
    return [...nodes.map((node) => judge(node, server)), judgeMixture(nodes)];
  },
});

/** How many minor versions a kubelet may be older; since 1.28. */
const olderMinors = 3;

interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

function judge(node: ClusterNode, server: Version | undefined): Verdict {
  const subject = aboutNode(node);
  const kubelet = versionOf(node.info.kubeletVersion);
  if (server === undefined || kubelet === undefined || kubelet.major !== server.major)
    return { kind: "hold", subject, reason: "versions are not known" };
  const evidence = [
    { name: "kubelet_version", value: kubelet.text },
    { name: "api_server_version", value: server.text },
  ];
  if (kubelet.minor > server.minor) {
    return {
      ...{ kind: "raise", subject, evidence },
      text: `the kubelet of ${node.name} (${kubelet.text}) is newer than the API server (${server.text}), which is not supported`,
      action: "Upgrade the servers first, to the kubelet's version or a newer one.",
      measure: { name: "minor_versions_apart", level: kubelet.minor - server.minor },
    };
  }
  if (kubelet.minor < server.minor - olderMinors) {
    return {
      ...{ kind: "raise", subject, evidence },
      text: `the kubelet of ${node.name} (${kubelet.text}) is ${server.minor - kubelet.minor} minor versions older than the API server (${server.text}); at most ${olderMinors} are supported`,
      action: `Upgrade ${node.name}, one minor version after the other.`,
      measure: { name: "minor_versions_apart", level: server.minor - kubelet.minor },
    };
  }
  return { kind: "clear", subject };
}

function judgeMixture(nodes: readonly ClusterNode[]): Verdict {
  const subject = theCluster;
  const known = nodes.flatMap((node) => {
    const version = versionOf(node.info.kubeletVersion);
    return version === undefined ? [] : [{ name: node.name, minor: `${version.major}.${version.minor}` }];
  });
  const byMinor = Map.groupBy(known, ({ minor }) => minor);
  if (byMinor.size > 1) {
    const groups = [...byMinor].map(([minor, group]) => ({ minor, names: inWords(group.map(({ name }) => name)) }));
    return {
      ...{ kind: "raise", subject, severity: "low" },
      text: `nodes have different minor versions of Kubernetes: ${groups.map(({ minor, names }) => `${minor} on ${names}`).join("; ")}`,
      action: "Finish the upgrade: agents after servers, one node at a time.",
      evidence: groups.map(({ minor, names }) => ({ name: minor, value: names })),
    };
  }
  if (known.length < nodes.length) return { kind: "hold", subject, reason: "not of every node is the version known" };
  return { kind: "clear", subject };
}

/** From "v1.33.6+k3s1"; undefined where it is no version. */
function versionOf(text: string): Version | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { text, major: Number(major), minor: Number(minor) };
}
