import { describe, expect, it } from "vitest";
import { longhornNodeOf } from "./longhorn-node-of.ts";

const metadata = { name: "neko", uid: "749b004f-2412-4f7f-833e-c293493abb2b", resourceVersion: "46566" };
const ready = {
  lastProbeTime: "",
  lastTransitionTime: "2025-01-17T20:54:27Z",
  message: "",
  reason: "",
  status: "True",
  type: "Ready",
};

/** As Longhorn 1.7 writes it. */
const neko = {
  apiVersion: "longhorn.io/v1beta2",
  kind: "Node",
  metadata: { ...metadata, annotations: { "nodekeeper.example/owned": "{}", number: 1 }, finalizers: ["longhorn.io"] },
  spec: {
    ...{
      allowScheduling: true,
      evictionRequested: false,
      instanceManagerCPURequest: 0,
      name: "neko",
      tags: ["slow", "fast", "slow"],
    },
    disks: {
      "nvme-1": {
        ...{ allowScheduling: true, diskDriver: "", diskType: "filesystem", evictionRequested: false, path: "/mnt/nvme/" },
        ...{ storageReserved: 5_904_767_385, tags: [] },
      },
    },
  },
  status: {
    conditions: [ready, { ...ready, type: "Schedulable", status: "False", reason: "KubernetesNodeCordoned" }],
    diskStatus: {
      "nvme-1": {
        conditions: [ready, { ...ready, type: "Schedulable" }],
        ...{ diskDriver: "", diskName: "nvme-1", diskPath: "/mnt/nvme/", diskType: "filesystem", filesystemType: "ext2/ext3" },
        ...{ diskUUID: "4fc8c312-9495-4e5e-b690-9d868b38f5c0", instanceManagerName: "im", scheduledReplica: { one: 1 } },
        ...{ storageAvailable: 491_048_140_800, storageMaximum: 491_106_525_184, storageScheduled: 1 },
      },
    },
    ...{ region: "", zone: "cellar", snapshotCheckStatus: {}, autoEvicting: false },
  },
} as const;

describe("longhornNodeOf", () => {
  it("keeps what we look at of a node as Longhorn 1.7 writes it", () => {
    const atMs = Date.UTC(2025, 0, 17, 20, 54, 27);
    const condition = { type: "Ready", status: "True", reason: "", message: "", lastTransitionAtMs: atMs };

    expect(longhornNodeOf(neko)).toEqual({
      ...{ ...metadata, isDeleting: false, annotations: { "nodekeeper.example/owned": "{}" } },
      ...{ allowScheduling: true, evictionRequested: false, tags: ["fast", "slow"], isSyncing: false, zone: "cellar" },
      conditions: [condition, { ...condition, type: "Schedulable", status: "False", reason: "KubernetesNodeCordoned" }],
      disks: new Map([
        [
          "nvme-1",
          {
            ...{ name: "nvme-1", path: "/mnt/nvme/", type: "filesystem", allowScheduling: true, evictionRequested: false },
            ...{ storageReservedBytes: 5_904_767_385, tags: [], hasTagsField: true },
            status: {
              uuid: "4fc8c312-9495-4e5e-b690-9d868b38f5c0",
              ...{ maximumBytes: 491_106_525_184, availableBytes: 491_048_140_800, scheduledBytes: 1 },
              conditions: [condition, { ...condition, type: "Schedulable" }],
              ...{ isReady: true, isSchedulable: true, health: [] },
            },
          },
        ],
      ]),
    });
  });

  it("reads what Longhorn 1.11 and newer says of the devices' health", () => {
    const health = {
      source: "SMART",
      modelName: "SN770",
      serialNumber: "22",
      healthStatus: "WARNING",
      temperature: 40,
      attributes: [],
    };
    const found = { healthData: { "/dev/nvme0": health }, healthDataLastCollectedAt: "2026-11-23T08:00:00Z" };

    const node = longhornNodeOf({ ...neko, status: { diskStatus: { "nvme-1": found } } });

    expect(node?.disks.get("nvme-1")?.status?.health).toEqual([
      { device: "/dev/nvme0", serial: "22", model: "SN770", status: "WARNING", collectedAtMs: Date.UTC(2026, 10, 23, 8) },
    ]);
  });

  it("takes a node of which no manager has said anything yet, with a disk that it does not know", () => {
    const node = longhornNodeOf({ metadata, spec: { disks: { new: { path: "/mnt/new" } } } });

    expect(node).toMatchObject({ isSyncing: true, tags: [], conditions: [], zone: "", allowScheduling: false });
    expect(node?.disks.get("new")).toEqual({
      ...{ name: "new", path: "/mnt/new", type: "filesystem", allowScheduling: false, evictionRequested: false },
      ...{ storageReservedBytes: 0, tags: [], hasTagsField: false, status: undefined },
    });
  });

  it("knows a disk that nobody wants any more by what Longhorn found of it", () => {
    const node = longhornNodeOf({ metadata, spec: { disks: null }, status: { ...neko.status, conditions: null } });

    expect(node).toMatchObject({ isSyncing: true, conditions: [] });
    expect(node?.disks.get("nvme-1")).toMatchObject({ path: "/mnt/nvme/", hasTagsField: false, status: { isReady: true } });
  });

  it("says nothing of a disk that was never ready, not its zeros as times and not its null as conditions", () => {
    const status = {
      conditions: null,
      diskUUID: "",
      healthDataLastCollectedAt: "0001-01-01T00:00:00Z",
      healthData: { a: {}, b: 1 },
    };

    const node = longhornNodeOf({ metadata, spec: neko.spec, status: { diskStatus: { "nvme-1": status } } });

    expect(node?.disks.get("nvme-1")?.status).toEqual({
      ...{
        uuid: "",
        maximumBytes: 0,
        availableBytes: 0,
        scheduledBytes: 0,
        conditions: [],
        isReady: false,
        isSchedulable: false,
      },
      health: [{ device: "a", serial: "", model: "", status: "", collectedAtMs: undefined }],
    });
  });

  it("is being deleted from when somebody says so", () => {
    expect(longhornNodeOf({ metadata: { ...metadata, deletionTimestamp: "2026-11-23T08:00:00Z" } })?.isDeleting).toBe(true);
  });

  it.each(["name", "uid", "resourceVersion"])("is nothing without metadata.%s", (field) => {
    expect(longhornNodeOf({ ...neko, metadata: { ...metadata, [field]: undefined } })).toBeUndefined();
  });

  it("takes what is of another form as not said", () => {
    const odd = {
      metadata: { ...metadata, annotations: [] },
      spec: { tags: { a: 1 }, allowScheduling: "true", disks: { a: null, b: { tags: [1, "x"], storageReserved: {} } } },
      status: { conditions: {}, diskStatus: [], zone: 1 },
    };

    const node = longhornNodeOf(odd);

    expect(node).toMatchObject({ annotations: {}, tags: [], allowScheduling: false, conditions: [], zone: "", isSyncing: true });
    expect([...(node?.disks.values() ?? [])]).toMatchObject([
      { path: "", tags: [] },
      { tags: ["x"], storageReservedBytes: 0 },
    ]);
  });
});
