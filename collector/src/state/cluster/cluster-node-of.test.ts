import { describe, expect, it } from "vitest";
import { clusterNodeOf } from "./cluster-node-of.ts";

/** As kube-apiserver 1.33 says a Node of K3s; shortened. */
const badger = {
  kind: "Node",
  apiVersion: "v1",
  metadata: {
    name: "badger",
    uid: "d982e993-1fc7-4b59-8772-cb9502963c1d",
    resourceVersion: "224",
    creationTimestamp: "2026-11-23T08:42:22Z",
    labels: { "kubernetes.io/hostname": "badger", "nodekeeper.example/gpu": "true" },
    annotations: { "k3s.io/internal-ip": "100.64.0.1" },
    managedFields: [
      {
        ...{ manager: "nodekeeper", operation: "Apply", apiVersion: "v1", time: "2026-11-23T08:42:23Z", fieldsType: "FieldsV1" },
        fieldsV1: { "f:metadata": { "f:labels": { "f:nodekeeper.example/gpu": {} } } },
      },
      {
        ...{ manager: "k3s", operation: "Update", apiVersion: "v1", time: "2026-11-23T08:42:24Z", fieldsType: "FieldsV1" },
        fieldsV1: {
          "f:metadata": {
            "f:annotations": { ".": {}, "f:k3s.io/internal-ip": {} },
            "f:labels": { ".": {}, "f:kubernetes.io/hostname": {} },
          },
          "f:spec": { "f:podCIDR": {} },
        },
      },
      {
        ...{ manager: "kubelet", operation: "Update", subresource: "status", time: "2026-11-23T08:42:25Z" },
        fieldsV1: { "f:status": { "f:conditions": { 'k:{"type":"Ready"}': { ".": {}, "f:status": {} }, ".": {} } } },
      },
      {
        ...{ manager: "scheduler", operation: "Update", time: "2026-11-23T08:42:26Z" },
        fieldsV1: { "f:spec": { "f:taints": {} } },
      },
    ],
  },
  spec: { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] },
  status: {
    conditions: [
      {
        ...{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
        ...{ lastHeartbeatTime: "2026-11-23T08:42:25Z", lastTransitionTime: null },
      },
    ],
    addresses: [{ type: "InternalIP", address: "100.64.0.1" }],
    nodeInfo: { machineID: "a".repeat(32), bootID: "b", kubeletVersion: "v1.33.6+k3s1" },
    images: [{ names: ["docker.io/library/image:v1"], sizeBytes: 1 }],
  },
} as const;

describe("clusterNodeOf", () => {
  it("keeps what we look at, with who wrote it, and nothing else", () => {
    expect(clusterNodeOf(badger)).toEqual({
      name: "badger",
      uid: "d982e993-1fc7-4b59-8772-cb9502963c1d",
      resourceVersion: "224",
      createdAtMs: Date.UTC(2026, 10, 23, 8, 42, 22),
      labels: badger.metadata.labels,
      annotations: badger.metadata.annotations,
      isCordoned: true,
      taints: [{ key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" }],
      conditions: [
        {
          ...{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
          lastHeartbeatAtMs: Date.UTC(2026, 10, 23, 8, 42, 25),
          lastTransitionAtMs: undefined,
        },
      ],
      addresses: [{ type: "InternalIP", address: "100.64.0.1" }],
      info: { machineId: "a".repeat(32), bootId: "b", kubeletVersion: "v1.33.6+k3s1" },
      managers: [
        {
          ...{ name: "nodekeeper", operation: "Apply", subresource: "", atMs: Date.UTC(2026, 10, 23, 8, 42, 23) },
          ...{ labels: ["nodekeeper.example/gpu"], annotations: [], conditions: [] },
        },
        {
          ...{ name: "k3s", operation: "Update", subresource: "", atMs: Date.UTC(2026, 10, 23, 8, 42, 24) },
          ...{ labels: ["kubernetes.io/hostname"], annotations: ["k3s.io/internal-ip"], conditions: [] },
        },
        {
          ...{ name: "kubelet", operation: "Update", subresource: "status", atMs: Date.UTC(2026, 10, 23, 8, 42, 25) },
          ...{ labels: [], annotations: [], conditions: ["Ready"] },
        },
      ],
    });
  });

  it("takes a Node of which no kubelet has said anything yet", () => {
    const { name, uid, resourceVersion, creationTimestamp } = badger.metadata;

    expect(clusterNodeOf({ metadata: { name, uid, resourceVersion, creationTimestamp } })).toMatchObject({
      ...{ name: "badger", labels: {}, annotations: {}, isCordoned: false, taints: [], conditions: [], addresses: [] },
      ...{ info: { machineId: "", bootId: "", kubeletVersion: "" }, managers: [] },
    });
  });

  it.each(["name", "uid", "resourceVersion", "creationTimestamp"])("is nothing without metadata.%s", (field) => {
    expect(clusterNodeOf({ ...badger, metadata: { ...badger.metadata, [field]: undefined } })).toBeUndefined();
  });

  it("takes what is of another form as not there", () => {
    const { metadata } = badger;
    const odd = {
      metadata: {
        ...{ ...metadata, labels: { good: "1", number: 1, list: [] }, annotations: "none" },
        managedFields: [null, { manager: "x", fieldsV1: { "f:status": { "f:conditions": { "k:{": {}, 'k:{"other":1}': {} } } } }],
      },
      spec: { unschedulable: "yes", taints: [1, { key: 2 }] },
      status: { conditions: {}, addresses: [null, { type: "Hostname" }], nodeInfo: [] },
    };

    expect(clusterNodeOf(odd)).toMatchObject({
      ...{ labels: { good: "1" }, annotations: {}, managers: [], isCordoned: false, conditions: [] },
      ...{ taints: [{ key: "", value: "", effect: "" }], addresses: [{ type: "Hostname", address: "" }] },
    });
  });

  it("holds once what many Nodes say alike", () => {
    const [first, second] = ["badger", "otter"].map((name) =>
      clusterNodeOf(JSON.parse(JSON.stringify({ ...badger, metadata: { ...badger.metadata, name } }))),
    );

    expect(first?.taints).toBe(second?.taints);
    expect(first?.managers[1]?.labels).toBe(second?.managers[1]?.labels);
  });

  it("keeps nothing of what one Node says with thousands of labels once that is over", () => {
    const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f:example.com/${index}`, {}]));
    const managedFields = [{ manager: "x", operation: "Update", fieldsV1: { "f:metadata": { "f:labels": labels } } }];
    const taints = Array.from({ length: 100 }, (_, index) => ({ key: `example.com/${index}`, effect: "NoSchedule" }));
    const large = { ...badger, metadata: { ...badger.metadata, managedFields }, spec: { taints } };
    const [first, second] = [clusterNodeOf(large), clusterNodeOf(large)];

    expect(first).toEqual(second);
    expect(first?.managers[0]?.labels).toHaveLength(5_000);
    expect(first?.managers[0]?.labels).not.toBe(second?.managers[0]?.labels);
    expect(first?.taints).not.toBe(second?.taints);
  });
});
