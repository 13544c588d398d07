import { describe, expect, it } from "vitest";
import type { ClusterRuleView } from "../../evaluate/cluster-rule.ts";
import { agentThatSaid, judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import type { Thing } from "../../test-support/judge-machine.ts";
import { flannelOffTailnet as rule } from "./flannel-off-tailnet.ts";

const publicIp = (ip: string) => ({ annotations: { "flannel.alpha.coreos.com/public-ip": ip } });
const overlay = (underlyingInterfaceName: string): readonly Thing[] => [
  { kind: "overlay_network", value: { case: "overlayNetwork", value: { backend: "vxlan", underlyingInterfaceName } } },
];
const judge = (annotated: string | undefined, agent?: ClusterRuleView["agent"], ip?: string) =>
  judgeCluster(rule, {
    nodes: [
      nodeOf("neko", { ...(annotated === undefined ? {} : publicIp(annotated)), ...(ip === undefined ? {} : { ip }) }),
      ...["a", "b"].map((name) => nodeOf(name, publicIp("100.64.0.1"))),
    ],
    ...(agent === undefined ? {} : { agent }),
  });
const said = (...asked: Parameters<typeof judge>): string | undefined => saidBy(rule, judge(...asked))["neko"];

describe("flannel-off-tailnet", () => {
  it("names the node that others reach by an address that is not the tailnet's", () => {
    expect(said("192.0.2.7")).toBe("medium");
    expect(textOf(judge("192.0.2.7"))).toContain("packets of pods on neko go to 192.0.2.7 and not over the tailnet");
    expect(judge("192.0.2.7")[0]).toMatchObject({ action: expect.stringContaining("--flannel-iface=tailscale0") });
  });

  it("names the node whose packets leave by another interface, as its agent sees it", () => {
    expect(textOf(judge("100.64.0.4", agentThatSaid(overlay("enp1s0"))))).toContain("packets of pods on neko go by enp1s0");
    expect(said(undefined, agentThatSaid(overlay("enp1s0")))).toBe("medium");
  });

  it("is content where both witnesses say the tailnet, or the only one there is", () => {
    expect(said("100.64.0.4", agentThatSaid(overlay("tailscale0")))).toBe("clear");
    expect(said("100.64.0.4")).toBe("clear");
    expect(said(undefined, agentThatSaid(overlay("tailscale0")))).toBe("clear");
    expect(said("100.64.0.4", agentThatSaid(overlay("")))).toBe("clear");
  });

  it("concludes nothing from silence: of an agent that is there, or where neither says anything", () => {
    expect(said("100.64.0.4", agentThatSaid(undefined))).toBe("hold");
    expect(said("100.64.0.4", agentThatSaid(overlay("enp1s0"), 10 * 60_000))).toBe("hold");
    expect(said(undefined)).toBe("hold");
    expect(said(undefined, agentThatSaid(overlay("")))).toBe("hold");
  });

  it("leaves a node to the other rule that is itself not in the tailnet, and a cluster alone that is not on one", () => {
    expect(said("192.0.2.7", undefined, "192.0.2.7")).toBe("clear");
    const nodes = ["192.0.2.1", "192.0.2.2"].map((ip) => nodeOf(ip, { ip, ...publicIp(ip) }));
    expect(saidBy(rule, judgeCluster(rule, { nodes }))).toEqual({ "192.0.2.1": "clear", "192.0.2.2": "clear" });
  });
});
