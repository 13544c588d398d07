import { describe, expect, it } from "vitest";
import type { ClusterRuleView } from "../../evaluate/cluster-rule.ts";
import { judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { kubernetesVersionSkew as rule } from "./kubernetes-version-skew.ts";

const node = (name: string, kubeletVersion: string) => nodeOf(name, { info: { machineId: "", bootId: "", kubeletVersion } });
const judge = (versions: Readonly<Record<string, string>>, more: Partial<ClusterRuleView> = {}) =>
  judgeCluster(rule, { nodes: Object.entries(versions).map(([name, version]) => node(name, version)), ...more });

describe("kubernetes-version-skew", () => {
  it("names the kubelet that is newer than the API server", () => {
    const verdicts = judge({ neko: "v1.34.0+k3s1" });

    expect(saidBy(rule, verdicts)).toEqual({ neko: "medium", "": "clear" });
    expect(textOf(verdicts)).toBe(
      "the kubelet of neko (v1.34.0+k3s1) is newer than the API server (v1.33.6+k3s1), which is not supported",
    );
  });

  it("names the kubelet that is more than three minor versions older", () => {
    expect(saidBy(rule, judge({ old: "v1.29.9", fine: "v1.30.1" }))).toMatchObject({ old: "medium", fine: "clear" });
    expect(textOf(judge({ old: "v1.29.9" }))).toContain("is 4 minor versions older than the API server");
  });

  it("says quietly that nodes have different minor versions, and which", () => {
    const verdicts = judge({ a: "v1.33.6+k3s1", b: "v1.32.1+k3s1", c: "v1.33.5+k3s2" });

    expect(saidBy(rule, verdicts)).toEqual({ a: "clear", b: "clear", c: "clear", "": "low" });
    expect(textOf(verdicts)).toBe("nodes have different minor versions of Kubernetes: 1.33 on a and c; 1.32 on b");
  });

  it("has nothing to say where patch versions differ", () => {
    expect(saidBy(rule, judge({ a: "v1.33.6+k3s1", b: "v1.33.1+k3s1" }))).toEqual({ a: "clear", b: "clear", "": "clear" });
  });

  it("concludes nothing while a version is not known", () => {
    expect(saidBy(rule, judge({ a: "v1.33.6", b: "" }))).toEqual({ a: "clear", b: "hold", "": "hold" });
    expect(saidBy(rule, judge({ a: "v1.34.0" }, { version: undefined }))).toEqual({ a: "hold", "": "clear" });
  });
});
