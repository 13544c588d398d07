import { describe, expect, it } from "vitest";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { condition, judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { startMs } from "../../test-support/states.ts";
import { etcdQuorum } from "./etcd-quorum.ts";

/** A server with what etcd's leader says of it. */
function server(name: string, reason = "MemberNotLearner", ready = "True", saidAtMs = startMs - 60_000): ClusterNode {
  const voter = condition("EtcdIsVoter", reason === "MemberNotLearner" ? "True" : "False", {
    reason,
    lastHeartbeatAtMs: saidAtMs,
  });
  return nodeOf(name, {
    labels: { "node-role.kubernetes.io/etcd": "true" },
    conditions: [condition("Ready", ready), voter],
  });
}

const judge = (...nodes: readonly ClusterNode[]) => judgeCluster(etcdQuorum, { nodes: [...nodes, nodeOf("an-agent")] });
const said = (...nodes: readonly ClusterNode[]): string | undefined => saidBy(etcdQuorum, judge(...nodes))[""];

describe("etcd-quorum", () => {
  it("says that two members are worse than one, names them, and says what to do", () => {
    const [verdict] = judge(server("neko2"), server("neko"));

    expect(said(server("neko2"), server("neko"))).toBe("high");
    expect(verdict).toMatchObject({
      text: "etcd has two members (neko and neko2): when either of them is down, the cluster's API is, too, which is worse than one",
      action: expect.stringMatching(/Add a server.*k3s server --cluster-reset/),
      evidence: expect.arrayContaining([
        expect.objectContaining({ name: "voters", value: 2 }),
        expect.objectContaining({ name: "neko", value: "MemberNotLearner, ready: true" }),
      ]),
    });
  });

  it.each([
    { name: "one", nodes: [server("a")], expected: "low" },
    { name: "three that are well", nodes: [server("a"), server("b"), server("c")], expected: "clear" },
    {
      name: "three of which one is not ready",
      nodes: [server("a"), server("b"), server("c", undefined, "False")],
      expected: "high",
    },
    {
      name: "three of which one's kubelet is silent",
      nodes: [server("a"), server("b"), server("c", undefined, "Unknown")],
      expected: "high",
    },
    { name: "three of which one is out of touch", nodes: [server("a"), server("b"), server("c", "Unhealthy")], expected: "high" },
    { name: "four that are well", nodes: ["a", "b", "c", "d"].map((name) => server(name)), expected: "medium" },
    {
      name: "five of which one is down",
      nodes: [...["a", "b", "c", "d"].map((name) => server(name)), server("e", "Unhealthy")],
      expected: "clear",
    },
    {
      name: "three and one that learns",
      nodes: [server("a"), server("b"), server("c"), server("d", "MemberIsLearner")],
      expected: "clear",
    },
    {
      name: "three and one that was taken out",
      nodes: [server("a"), server("b"), server("c"), server("d", "NotAMember")],
      expected: "clear",
    },
  ])("judges $name: $expected", ({ nodes, expected }) => {
    expect(said(...nodes)).toBe(expected);
  });

  it("names who is not well, before the next failure", () => {
    expect(textOf(judge(server("a"), server("b"), server("c", "Unhealthy")))).toBe(
      "of etcd's 3 members 2 are well and 2 must be: with the next failure the cluster's API is down (not well: c)",
    );
  });

  it("has nothing to say of a cluster on SQLite", () => {
    expect(said()).toBe("clear");
    expect(said(nodeOf("server", { labels: { "node-role.kubernetes.io/control-plane": "true" } }))).toBe("clear");
  });

  it("concludes nothing from words of a leader that are old, since none are written without a quorum", () => {
    const old = startMs - 16 * 60_000;

    expect(said(server("a", "MemberNotLearner", "True", old), server("b", "MemberNotLearner", "True", old))).toBe("hold");
    expect(said(server("a", "MemberNotLearner", "True", old), server("b"))).toBe("high");
  });

  it("waits for word of a server that just joined", () => {
    const joins = nodeOf("c", { labels: { "node-role.kubernetes.io/etcd": "true" } });

    expect(said(server("a"), server("b"), joins)).toBe("hold");
  });
});
