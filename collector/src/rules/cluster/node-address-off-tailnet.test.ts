import { describe, expect, it } from "vitest";
import type { ClusterRuleView } from "../../evaluate/cluster-rule.ts";
import { agentThatSaid, judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import type { Thing } from "../../test-support/judge-machine.ts";
import { nodeAddressOffTailnet as rule } from "./node-address-off-tailnet.ts";

const nodes = [nodeOf("neko"), nodeOf("neko2"), nodeOf("bobcat", { ip: "192.0.2.7" })];
const daemon = (...addresses: readonly string[]): readonly Thing[] => [
  { kind: "tailscale", value: { case: "tailscale", value: { backendState: "Running", addresses: [...addresses] } } },
];
const judge = (view: Partial<ClusterRuleView>) => judgeCluster(rule, { nodes, ...view });

describe("node-address-off-tailnet", () => {
  it("names the node whose address is not the tailnet's, where those of most are, and the address that it should give", () => {
    const verdicts = judge({ agent: agentThatSaid(daemon("100.64.0.6", "fd7a:115c:a1e0::6")) });

    expect(saidBy(rule, verdicts)["bobcat"]).toBe("medium");
    expect(textOf(verdicts.filter(({ subject }) => subject.id === "bobcat"))).toContain("bobcat gives 192.0.2.7 as its address");
    expect(verdicts.find(({ subject }) => subject.id === "bobcat")).toMatchObject({
      action: expect.stringContaining("--node-ip=100.64.0.6"),
      evidence: expect.arrayContaining([expect.objectContaining({ name: "internal_ip", value: "192.0.2.7" })]),
    });
  });

  it("is loud where a node's tailnet address is not the one that its machine has", () => {
    const verdicts = judge({ nodes: [nodeOf("neko")], agent: agentThatSaid(daemon("100.64.9.9")) });

    expect(saidBy(rule, verdicts)).toEqual({ neko: "high" });
    expect(textOf(verdicts)).toBe(
      "neko gives 100.64.0.4 as its address, and the machine has 100.64.9.9 in the tailnet: no node reaches it",
    );
  });

  it("is content with a node that gives its machine's tailnet address, beside others", () => {
    const addresses = [
      { type: "InternalIP", address: "100.64.0.4" },
      { type: "InternalIP", address: "192.0.2.4" },
    ];
    const agent = agentThatSaid(daemon("fd7a:115c:a1e0::4", "100.64.0.4"));

    expect(saidBy(rule, judge({ nodes: [nodeOf("neko", { addresses })], agent }))).toEqual({ neko: "clear" });
  });

  it("is content with a node without an agent whose address is the tailnet's: nobody could say more", () => {
    expect(saidBy(rule, judge({}))).toEqual({ neko: "clear", neko2: "clear", bobcat: "medium" });
  });

  it("concludes nothing from an agent that is silent, nor from a kubelet that gave no address", () => {
    expect(saidBy(rule, judge({ agent: agentThatSaid(undefined) }))).toMatchObject({ neko: "hold", bobcat: "medium" });
    expect(saidBy(rule, judge({ agent: agentThatSaid(daemon("100.64.9.9"), 10 * 60_000) }))).toMatchObject({ neko: "hold" });
    expect(saidBy(rule, judge({ nodes: [...nodes, nodeOf("new", { ip: "" })] }))).toMatchObject({ new: "hold" });
  });

  it("has nothing to say of a cluster that does not run on a tailnet", () => {
    const others = ["192.0.2.1", "192.0.2.2", "100.64.0.1"].map((ip, index) => nodeOf(`n${index}`, { ip }));

    expect(saidBy(rule, judge({ nodes: others }))).toEqual({ n0: "clear", n1: "clear", n2: "clear" });
  });
});
