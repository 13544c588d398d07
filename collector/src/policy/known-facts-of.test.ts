/** What is known of a node, and why the rest is not: silence, half a list, an agent that has proven nothing. */
import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { list } from "../test-support/observations.ts";
import { connectedNode, startMs } from "../test-support/states.ts";
import { after, diskLists, knownOf, nvme, proven, reasonOf, rtx, without } from "./test-support/told-node.ts";

describe("nothing is known", () => {
  it("of a node that no agent spoke for", () => {
    expect(new Set(Object.values(knownOf(undefined).groups).map(({ kind }) => kind))).toEqual(new Set(["unknown"]));
    expect(reasonOf(undefined, "name")).toBe("no agent was heard of from this node");
  });

  it("of one whose agent has not proven that it is the node's", () => {
    const node = after(connectedNode(), "disks", { subjects: [nvme], lists: diskLists });

    expect(reasonOf(node, "disks")).toBe("its agent has not proven that it speaks for this node");
    expect(reasonOf(node, "name")).toBe("its agent has not proven that it speaks for this node");
    expect(knownOf(node).facts.disks).toEqual([]);
  });

  it("where the Node was made for another machine", () => {
    const node = after(proven, "disks", { subjects: [nvme], lists: diskLists });

    expect(reasonOf(node, "disks", { clusterNode: clusterNode({ machineId: "99999999999999999999999999999999" }) })).toBe(
      "its agent speaks from another machine (machine-id 11111111111111111111111111111111) than the Node was made for (99999999999999999999999999999999)",
    );
    expect(reasonOf(node, "disks", { clusterNode: clusterNode({ machineId: "" }) })).toBe("it is known");
    expect(reasonOf(node, "disks", { clusterNode: clusterNode({ machineId: "11111111-1111-1111-1111-111111111111" }) })).toBe(
      "it is known",
    );
  });
});

describe("a group is not known", () => {
  const node = after(proven, "disks", { subjects: [nvme], lists: diskLists });

  it("before its probe spoke", () => {
    expect(reasonOf(proven, "disks")).toBe("the probe disks was never heard of from this node");
  });

  it("where its agent does not run the probe", () => {
    expect(reasonOf(proven, "gpus")).toBe("the agent does not run the probe gpu");
  });

  it("when its probe is silent", () => {
    expect(reasonOf(node, "disks", { nowMs: startMs + 209_000 })).toBe("it is known");
    expect(reasonOf(node, "disks", { nowMs: startMs + 211_000 })).toBe("the probe disks was not heard of since 12:00 UTC");
    expect(reasonOf(node, "disks", { nowMs: startMs + 86_400_000 })).toBe(
      "the probe disks was not heard of since 2026-11-22 12:00 UTC",
    );
  });

  it("when it was told to the collector before this one", () => {
    expect(reasonOf(node, "disks", { startedAtMs: startMs + 500 })).toBe(
      "the probe disks was not heard of since the collector was started",
    );
  });

  it("when it was told to the collector before this one, though the clock be behind by now", () => {
    const probes = new Map([...node.probes].map(([name, probe]) => [name, { ...probe, isRestored: true as const }]));

    expect(reasonOf({ ...node, probes }, "disks", { startedAtMs: startMs - 7_200_000 })).toBe(
      "the probe disks was not heard of since the collector was started",
    );
  });

  it("of what was heard by a clock that was set back since: how old it is cannot be told", () => {
    expect(reasonOf(node, "disks", { nowMs: startMs - 29_000 })).toBe("it is known");
    expect(reasonOf(node, "disks", { nowMs: startMs - 7_200_000 })).toBe(
      "the probe disks was not heard of since the collector's clock was set back",
    );
  });

  it("when its probe could not tell", () => {
    expect(reasonOf(without(node, "disks", Outcome.FAILED), "disks")).toBe("the probe disks could not tell: EIO");
  });

  it("when a list of it is not whole, or was not given", () => {
    const half = after(proven, "disks", { subjects: [nvme], lists: [list("block_device", false)] });

    expect(reasonOf(half, "disks")).toBe("the list of its block devices is not complete: one could not be read");
    expect(reasonOf(after(proven, "gpu", { subjects: [rtx] }), "gpus")).toBe("the probe gpu gave no list of its GPUs");
  });

  it("and then nothing of it stands in the facts, and its read has no value", () => {
    const { facts, groups } = knownOf(node, { nowMs: startMs + 3_600_000 });

    expect(facts.disks).toEqual([]);
    expect(groups.disks.read).toEqual({
      path: "disks",
      value: "",
      probe: "disks",
      observedAt: "2026-11-22T12:00:00.000Z",
      freshness: "stale",
    });
  });
});

describe("the Node of the cluster", () => {
  it("is known as it is seen, and that there is none only where all were listed", () => {
    expect(knownOf(proven, { clusterNode: clusterNode({}) }).facts.cluster).toMatchObject({
      isNode: true,
      isCordoned: true,
      labels: { "example.org/rack": "a1" },
      kubeletVersion: "v1.33.6+k3s1",
    });
    expect(reasonOf(proven, "cluster")).toBe("the cluster has not told of a Node of this name yet");
    expect(knownOf(proven, { isClusterListed: true })).toMatchObject({
      facts: { cluster: { isNode: false } },
      groups: { cluster: { kind: "known" } },
    });
  });
});

function clusterNode({ machineId = "" }: { readonly machineId?: string }): ClusterNode {
  return {
    ...{ name: "neko", uid: "u", resourceVersion: "1", createdAtMs: startMs, annotations: {}, isCordoned: true },
    ...{ labels: { "example.org/rack": "a1" }, taints: [], conditions: [], addresses: [], managers: [] },
    info: { machineId, bootId: "", kubeletVersion: "v1.33.6+k3s1" },
  };
}
