import { describe, expect, it } from "vitest";
import type { DiskSpec, LonghornNode, NodeSpec } from "./longhorn-objects.ts";
import { changesOf, problemOfTag, type Refusal, refusalOfCreate, refusalOfDelete, refusalOfUpdate } from "./node-rules.ts";

const disk: DiskSpec = { path: "/d", diskType: "filesystem", diskDriver: "", allowScheduling: true, tags: [] };

function node(spec: NodeSpec = {}, found: readonly string[] = Object.keys(spec.disks ?? { d: disk })): LonghornNode {
  const status = { diskStatus: Object.fromEntries(found.map((name) => [name, diskStatus])) };
  return { metadata: { name: "wolf" }, spec: { name: "wolf", allowScheduling: true, disks: { d: disk }, ...spec }, status };
}

const diskStatus = {
  ...{ diskUUID: "", diskName: "d", diskPath: "/d", diskType: "filesystem", filesystemType: "ext4", conditions: [] },
  ...{ storageMaximum: 0, storageAvailable: 0, storageScheduled: 0, scheduledReplica: {} },
};

function update(spec: NodeSpec, minor = 7, before: LonghornNode = node()): Refusal | undefined {
  return refusalOfUpdate(before, node(spec), { minor, isV2EngineOn: false });
}

describe("the webhook's rules for an update", () => {
  it("let through what breaks none", () => {
    expect(update({ tags: ["example.com/fast", "nvme-gen4"], disks: { d: { ...disk, tags: ["ssd"] } } })).toBeUndefined();
  });

  it("are looked at in Longhorn's order: the eviction of a node before the sync, and that before tags", () => {
    const unsynced = node({}, []);
    const all: NodeSpec = { instanceManagerCPURequest: -1, evictionRequested: true, tags: ["a=b"] };

    expect(update(all, 7, unsynced)?.message).toContain("instanceManagerCPURequest");
    expect(update({ ...all, instanceManagerCPURequest: 0 }, 7, unsynced)?.message).toContain("for node eviction");
    expect(update({ tags: ["a=b"] }, 7, unsynced)).toEqual({
      ...{ code: 403, message: "spec and status of disks on node wolf are being syncing and please retry later." },
    });
    expect(update({ tags: ["a=b"] })).toMatchObject({ code: 422 });
  });

  it("look at the sync of what was there, not of what comes", () => {
    expect(update({ disks: { d: disk, e: { ...disk, path: "/e" } } })).toBeUndefined();
    expect(update({}, 7, node({ disks: { d: disk, e: disk } }, ["d", "f"]))).toMatchObject({ code: 403 });
  });

  it.each<{ name: string; spec: NodeSpec; minor?: number; says: string }>([
    {
      name: "eviction of an open disk",
      spec: { disks: { d: { ...disk, evictionRequested: true } } },
      says: "need to disable scheduling on disk d",
    },
    {
      name: "a negative reserve",
      spec: { disks: { d: { ...disk, storageReserved: -1 } } },
      says: "The storageReserved setting of disk d(/d)",
    },
    {
      name: "a driver of a filesystem",
      spec: { disks: { d: { ...disk, diskDriver: "aio" } } },
      says: "disk d type filesystem is not supported to specify disk driver",
    },
    {
      name: "a block disk",
      spec: { disks: { d: { ...disk, diskType: "block" } } },
      says: "is a block device, but the SPDK feature is not enabled",
    },
    { name: "another type", spec: { disks: { d: { ...disk, diskType: "" } } }, says: "type is not allow to change" },
    { name: "an open disk that goes", spec: { disks: {} }, says: "and remove all replicas first " },
    { name: "the same since 1.9", spec: { disks: {} }, minor: 9, says: "and remove all replicas and backing images first " },
    { name: "no name since 1.10", spec: { name: "" }, minor: 10, says: "You can't have a Spec.Name empty" },
    {
      name: "one path twice since 1.12",
      spec: { disks: { d: disk, e: { ...disk, path: "/d/" } } },
      minor: 12,
      says: "duplicate disk paths on node wolf: [/d (disks d and e)]",
    },
  ])("refuse $name", ({ spec, minor, says }) => {
    expect(update(spec, minor)).toEqual({ code: 422, message: expect.stringContaining(says) });
  });

  it("let a finalizer go from a node that is being deleted, whatever else", () => {
    const metadata = { name: "wolf", deletionTimestamp: "2026-01-01T00:00:00Z" };
    const before: LonghornNode = { ...node({}, []), metadata: { ...metadata, finalizers: ["longhorn.io"] } };

    expect(
      refusalOfUpdate(before, { ...before, metadata: { ...metadata, finalizers: [] } }, { minor: 7, isV2EngineOn: false }),
    ).toBeUndefined();
  });
});

describe("its other rules", () => {
  it("do not look at tags of a new node", () => {
    expect(refusalOfCreate(node({ tags: ["a=b"] }), { minor: 7, isV2EngineOn: false })).toBeUndefined();
    expect(
      refusalOfCreate(node({ disks: { d: { ...disk, diskType: "block", storageReserved: 1 } } }), {
        minor: 7,
        isV2EngineOn: true,
      })?.message,
    ).toBe("disk d type block is not supported to reserve storage");
    expect(
      refusalOfCreate(node({ disks: { d: { ...disk, diskType: "block", storageReserved: 1 } } }), {
        minor: 8,
        isV2EngineOn: true,
      }),
    ).toBeUndefined();
  });

  it("keep a node that is open or holds replicas, also when its machine is gone", () => {
    const ready = {
      type: "Ready",
      status: "False",
      reason: "KubernetesNodeGone",
      message: "",
      lastProbeTime: "",
      lastTransitionTime: "",
    } as const;
    const gone = (allowScheduling: boolean): LonghornNode => ({ ...node({ allowScheduling }), status: { conditions: [ready] } });

    expect(refusalOfDelete(gone(true), 0)?.message).toContain("node schedulable true, and 0 replica, 0 engine running on it");
    expect(refusalOfDelete(gone(false), 1)).toMatchObject({ code: 422 });
    expect(refusalOfDelete(gone(false), 0)).toBeUndefined();
  });

  it.each([
    ["ssd", true],
    ["nvme-gen4", true],
    ["example.com/fast", true],
    ["a=b", false],
    ["a b", false],
    ["a:b", false],
    ["-a", false],
    ["", false],
    ["/a", false],
    ["Example.com/a", false],
    ["a/b/c", false],
    ["a".repeat(63), true],
    ["a".repeat(64), false],
  ])("take %s for a tag: %s", (tag, isOne) => {
    expect(problemOfTag(tag) === undefined).toBe(isOne);
  });

  it("sort tags as Go does, each once, and fill what is not said", () => {
    const made: LonghornNode = {
      metadata: { name: "wolf" },
      spec: { tags: ["b", "B", "a", "b"], disks: { d: { path: "/d", tags: null } } },
    };

    expect(changesOf(made)).toEqual([
      { op: "replace", path: "/spec/tags", value: ["B", "a", "b"] },
      { op: "replace", path: "/spec/disks/d/tags", value: [] },
      { op: "replace", path: "/spec/disks/d/diskType", value: "filesystem" },
      { op: "replace", path: "/metadata/finalizers", value: ["longhorn.io"] },
    ]);
  });
});
