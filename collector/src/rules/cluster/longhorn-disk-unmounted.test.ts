import { describe, expect, it } from "vitest";
import { aDisk, aLonghorn, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { LonghornCondition } from "../../state/longhorn/longhorn-node.ts";
import type { NodeState } from "../../state/node-state.ts";
import { judgeCluster, nodeOf, saidBy } from "../../test-support/judge-cluster.ts";
import { machineThatSaid, type Said, type Thing } from "../../test-support/judge-machine.ts";
import { longhornDiskUnmounted } from "./longhorn-disk-unmounted.ts";
import { longhornDiskUuidConflict } from "./longhorn-disk-uuid-conflict.ts";

const uuid = "0b2f";
const path = "/mnt/a";
const subject = "neko/d";

const filesystem = (mountPoint: string, disk: string): Thing => ({
  ...{ kind: "filesystem", id: mountPoint },
  value: { case: "filesystem", value: { mountPoint, physicalBlockDeviceIds: [disk] } },
});
const folder = (at: string, diskUuid: string, disk: string): Thing => ({
  ...{ kind: "longhorn_disk", id: at },
  value: { case: "longhornDisk", value: { diskUuid, mountPoint: at, physicalBlockDeviceIds: [disk] } },
});
const disks = (...things: readonly Thing[]): Said => ({
  ...{ probe: "disks", things, whole: ["block_device", "filesystem", "longhorn_disk"] },
});
const proven = (node: NodeState): NodeState => ({ ...node, proof: { state: "proven", by: "cluster" } });

function notReady(reason: string, message = ""): LonghornCondition {
  return { type: "Ready", status: "False", reason, message, lastTransitionAtMs: undefined };
}

/** What both rules say of neko's disk, by what Longhorn says of it and what the machine's agent does. */
function judge(ready: LonghornCondition | undefined, ...said: readonly Said[]) {
  const status = { uuid, isReady: ready === undefined, conditions: ready === undefined ? [] : [ready] };
  const other = aDisk("other", { path: "/mnt/b" }, { uuid: "other", isReady: true });
  const longhorn = aLonghorn({ nodes: [aNode("neko", {}, [aDisk("d", { path: `${path}/` }, status), other])] });
  const machine = said.length === 0 ? undefined : proven(machineThatSaid(...said));
  const view = {
    longhorn,
    nodes: [nodeOf("neko"), nodeOf("bobcat")],
    machine: (name: string) => (name === "neko" ? machine : undefined),
  };
  const word = (rule: typeof longhornDiskUnmounted) => saidBy(rule, judgeCluster(rule, view))[subject];
  const of = (rule: typeof longhornDiskUnmounted) => judgeCluster(rule, view).find((verdict) => verdict.subject.id === subject);
  return {
    unmounted: word(longhornDiskUnmounted),
    conflict: word(longhornDiskUuidConflict),
    verdicts: { unmounted: of(longhornDiskUnmounted), conflict: of(longhornDiskUuidConflict) },
  };
}

const cannotFind = notReady("NoDiskInfo", "cannot find disk config file, maybe due to a mount error");

describe("longhorn-disk-unmounted", () => {
  it("is loud where Longhorn's disk is not ready and nothing is mounted there", () => {
    const { unmounted, conflict, verdicts } = judge(cannotFind, disks(filesystem("/", "root")));

    expect([unmounted, conflict]).toEqual(["high", "clear"]);
    expect(verdicts.unmounted).toMatchObject({
      text: "Longhorn's disk d on neko is not ready, since nothing is mounted at /mnt/a, which Longhorn takes for a disk",
      action: expect.stringContaining("Mount on neko what belongs at /mnt/a/"),
      evidence: expect.arrayContaining([expect.objectContaining({ name: "longhorn_says", value: cannotFind.message })]),
    });
  });

  it("tells a filesystem that is there and empty from one that is not there", () => {
    expect(judge(cannotFind, disks(filesystem(path, "new"))).verdicts.unmounted).toMatchObject({
      text: expect.stringContaining("has no longhorn-disk.cfg"),
      action: expect.stringContaining("findmnt"),
    });
  });

  it("is silent where the agent says the same by itself: that is longhorn-path-unmounted", () => {
    const value = { problem: "unmounted", message: "nothing is mounted there, and fstab names a filesystem" };
    const told: Thing = { kind: "longhorn_path", id: path, value: { case: "longhornPath", value } };
    const longhorn: Said = { probe: "longhorn", things: [told], whole: ["longhorn_path"] };

    expect(judge(cannotFind, disks(filesystem("/", "root")), longhorn).unmounted).toBe("clear");
  });

  it("has nothing to say of a disk that is ready, or is not ready for another reason, and waits for an agent", () => {
    const mounted = disks(filesystem(path, "ssd"), folder(path, uuid, "ssd"));

    expect(judge(undefined, mounted).unmounted).toBe("clear");
    expect(judge(notReady("DiskPressure"), mounted).unmounted).toBe("clear");
    expect(judge(cannotFind).unmounted).toBe("hold");
  });
});

describe("longhorn-disk-uuid-conflict", () => {
  it("is loud where the folder holds another disk than Longhorn remembers, and says that no entry is deleted", () => {
    const { unmounted, conflict, verdicts } = judge(
      notReady("DiskFilesystemChanged", "record diskUUID doesn't match the one on the disk"),
      disks(filesystem(path, "other"), folder(path, "ffff", "other")),
    );

    expect([unmounted, conflict]).toEqual(["clear", "high"]);
    expect(verdicts.conflict).toMatchObject({
      text: expect.stringMatching(
        /^Longhorn's disk d on neko is not what is there: \/mnt\/a holds the disk ffff, and Longhorn expects 0b2f/,
      ),
      action: expect.stringContaining("nodekeeper deletes none"),
    });
  });

  it("names the machine in which the disk is now", () => {
    const status = { uuid, isReady: false, conditions: [notReady("DiskFilesystemChanged")] };
    const longhorn = aLonghorn({ nodes: [aNode("neko", {}, [aDisk("d", { path }, status)])] });
    const neko = proven(machineThatSaid(disks(filesystem(path, "new"), folder(path, "ffff", "new"))));
    const bobcat = proven(machineThatSaid(disks(filesystem("/mnt/usb", "ssd"), folder("/mnt/usb", uuid, "ssd"))));
    const machines: Readonly<Record<string, NodeState>> = { neko, bobcat };
    const view = { longhorn, nodes: [nodeOf("neko"), nodeOf("bobcat")], machine: (name: string) => machines[name] };

    expect(judgeCluster(longhornDiskUuidConflict, view)).toMatchObject([
      { kind: "raise", action: expect.stringContaining("The disk itself is now in bobcat") },
    ]);
  });

  it("names the other disk that lies on the same filesystem", () => {
    const twin: Thing = {
      ...{ kind: "longhorn_disk", id: "/mnt/b" },
      value: { case: "longhornDisk", value: { diskUuid: "other", mountPoint: path, physicalBlockDeviceIds: ["ssd"] } },
    };

    expect(
      judge(notReady("DiskFilesystemChanged"), disks(filesystem(path, "ssd"), folder(path, uuid, "ssd"), twin)).verdicts.conflict,
    ).toMatchObject({
      text: "Longhorn's disk d on neko is not used: its filesystem is also that of other (/mnt/b)",
    });
  });

  it("has nothing to say of a disk that is what it was", () => {
    expect(judge(undefined, disks(filesystem(path, "ssd"), folder(path, uuid, "ssd"))).conflict).toBe("clear");
  });
});
