import { describe, expect, it } from "vitest";
import { judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { etcdOnTailnet } from "./etcd-on-tailnet.ts";

const labels = { "node-role.kubernetes.io/etcd": "true" };
const judge = (...ips: readonly string[]) =>
  judgeCluster(etcdOnTailnet, { nodes: [...ips.map((ip, index) => nodeOf(`s${index}`, { labels, ip })), nodeOf("an-agent")] });
const said = (...ips: readonly string[]): string | undefined => saidBy(etcdOnTailnet, judge(...ips))[""];

describe("etcd-on-tailnet", () => {
  it("says once, quietly, that K3s does not support it", () => {
    const verdicts = judge("100.64.0.1", "100.101.0.2");

    expect(verdicts).toHaveLength(1);
    expect(said("100.64.0.1", "100.101.0.2")).toBe("low");
    expect(textOf(verdicts)).toBe(
      "etcd's members (s0 and s1) talk over Tailscale, which K3s does not support for its embedded etcd",
    );
  });

  it("has nothing to say where they share a network, or where one is alone", () => {
    expect(said("192.0.2.1", "192.0.2.2", "192.0.2.3")).toBe("clear");
    expect(said("100.64.0.1")).toBe("clear");
    expect(said()).toBe("clear");
  });

  it("goes by the address that etcd's others use, where K3s wrote it down", () => {
    const annotations = { "etcd.k3s.cattle.io/node-address": "192.0.2.7" };
    const nodes = ["a", "b"].map((name) => nodeOf(name, { labels, annotations }));

    expect(saidBy(etcdOnTailnet, judgeCluster(etcdOnTailnet, { nodes }))).toEqual({ "": "clear" });
  });

  it("waits until every server gave an address", () => {
    expect(said("100.64.0.1", "")).toBe("hold");
  });
});
