/** Which folders become a new node's disks in Longhorn, by what its agent says of its filesystems. */
import { describe, expect, it } from "vitest";
import { builtInPolicy } from "../../policy/built-in.ts";
import { startMs } from "../../test-support/states.ts";
import { aFilesystem, factsOf, longhornWith, type MachineInit, machineWith, nvme } from "../test-support/longhorn-machine.ts";
import { type DefaultDisks, defaultDisks } from "./default-disks.ts";

const moment = { nowMs: startMs + 1_000, startedAtMs: startMs - 1_000 };
const [root, data] = [
  aFilesystem("/", { sizeBytes: 100_000n, uuid: "root" }),
  aFilesystem("/mnt/data", { sizeBytes: 1_000_001n, uuid: "data" }),
];

function told(paths: readonly string[], machine: MachineInit, settings: Readonly<Record<string, string>> = {}): DefaultDisks {
  const node = machineWith(machine);
  const storage = { ...builtInPolicy.storage, defaultDisks: paths };
  return defaultDisks({ node, facts: factsOf(node), storage, longhorn: longhornWith({ settings }), ...moment });
}

function pathsOf(disks: DefaultDisks): readonly string[] {
  return disks.kind === "told" ? disks.disks.map(({ path }) => path) : [disks.reason];
}

describe("the disks of a new node", () => {
  it("are the mount points that the policy names, with their tags, a reserve and scheduling allowed", () => {
    expect(told(["/var/lib/longhorn", "/mnt/data"], { filesystems: [root, data] })).toEqual({
      kind: "told",
      disks: [
        { path: "/var/lib/longhorn", allowScheduling: true, storageReserved: 30_000, tags: ["fast", "nvme"] },
        { path: "/mnt/data", allowScheduling: true, storageReserved: 300_000, tags: ["fast", "nvme"] },
      ],
      leftOut: [],
    });
  });

  it("are reserved from as Longhorn's setting says", () => {
    const percent = (value: string): unknown => {
      const disks = told(["/mnt/data"], { filesystems: [root, data] }, { "storage-reserved-percentage-for-default-disk": value });
      return disks.kind === "told" ? disks.disks[0]?.storageReserved : disks.reason;
    };

    expect(["0", "25", "100", "a lot"].map(percent)).toEqual([0, 250_000, 1_000_001, 300_000]);
  });

  it("are not on a folder on which nothing is mounted, but for Longhorn's own default", () => {
    const disks = told(["/var/lib/longhorn", "/mnt/data", "/srv"], { filesystems: [root, data] });

    expect(disks).toMatchObject({ kind: "told", leftOut: ["/srv is no mount point"] });
    expect(pathsOf(disks)).toEqual(["/var/lib/longhorn", "/mnt/data"]);
    expect(told(["/var/lib/longhorn", "/srv"], { filesystems: [root] }, { "default-data-path": "/srv/" })).toMatchObject({
      disks: [{ path: "/srv" }],
      leftOut: ["/var/lib/longhorn is no mount point"],
    });
  });

  it("are one on each filesystem, the first that is named", () => {
    const bind = aFilesystem("/srv", { sizeBytes: 1_000_001n, uuid: "data" });

    expect(told(["/mnt/data", "/srv"], { filesystems: [root, data, bind] })).toMatchObject({
      disks: [{ path: "/mnt/data" }],
      leftOut: ["/srv lies on the same filesystem as /mnt/data"],
    });
    expect(told(["/var/lib/longhorn", "/mnt/data"], { filesystems: [aFilesystem("/", { uuid: "data" }), data] })).toMatchObject({
      leftOut: ["/mnt/data lies on the same filesystem as /var/lib/longhorn"],
    });
  });

  it("lie on disks of the machine", () => {
    const nas = aFilesystem("/mnt/nas", { type: "nfs4", isRemote: true });
    const memory = aFilesystem("/mnt/ram", { type: "tmpfs", blockDeviceId: "", physicalBlockDeviceIds: [] });

    expect(told(["/mnt/nas", "/mnt/ram"], { filesystems: [root, nas, memory] })).toEqual({
      kind: "told",
      disks: [],
      leftOut: ["/mnt/nas lies on no disk of the machine, but on nfs4", "/mnt/ram lies on no disk of the machine, but on tmpfs"],
    });
  });

  it.each<readonly [why: string, machine: MachineInit, reason: string]>([
    [
      "a list of filesystems that is not whole",
      { filesystems: [root, data], isWhole: false },
      "the probe disks gave no list of its filesystems",
    ],
    [
      "one that could not be read",
      { filesystems: [root, { id: "/mnt/data" }] },
      "what /mnt/data lies on could not be read: HOST_READ_FAILED it is.",
    ],
    [
      "one whose size is not known",
      { filesystems: [root, aFilesystem("/mnt/data", { sizeBytes: undefined })] },
      "how large /mnt/data is could not be read",
    ],
    [
      "one that can only be read",
      { filesystems: [root, aFilesystem("/mnt/data", { isReadOnly: true })] },
      "/mnt/data can only be read now",
    ],
    [
      "one of which the machine says that it should be a mount point",
      { filesystems: [root, data], troubles: { "/mnt/data": "fstab names a filesystem for /mnt/data, which is not mounted." } },
      "fstab names a filesystem for /mnt/data, which is not mounted.",
    ],
    ["a machine that says it has no disks", { filesystems: "absent" }, "this machine says that it has no disks"],
  ])("wait for %s", (_, machine, reason) => {
    expect(told(["/mnt/data"], machine)).toEqual({ kind: "wait", reason });
  });

  it("wait, on Longhorn's default, to hear whether something should be mounted there", () => {
    expect(told(["/var/lib/longhorn"], { filesystems: [root], troubles: "unheard" })).toMatchObject({
      kind: "wait",
      reason: "the agent does not run the probe longhorn",
    });
    expect(pathsOf(told(["/var/lib/longhorn"], { filesystems: [root], troubles: "absent" }))).toEqual(["/var/lib/longhorn"]);
    expect(pathsOf(told(["/mnt/data"], { filesystems: [data], troubles: "unheard" }))).toEqual(["/mnt/data"]);
  });

  it("have only the tags that can be told now", () => {
    const asleep = { ...nvme, pcieLink: { isSuspended: true, laneCount: 4 } };

    expect(told(["/mnt/data"], { filesystems: [data], device: asleep })).toMatchObject({ disks: [{ tags: ["nvme"] }] });
  });

  it("have no tags where a tagged disk takes no volume without a selector", () => {
    expect(told(["/mnt/data"], { filesystems: [data] }, { "allow-empty-disk-selector-volume": "false" })).toMatchObject({
      disks: [{ tags: [] }],
    });
  });
});
