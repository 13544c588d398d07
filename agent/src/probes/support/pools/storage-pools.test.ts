import { beforeEach, describe, expect, it } from "vitest";
import { DisksMachine } from "../../test-support/disks-machine.ts";
import { factsAt, samplesAt } from "../../test-support/payload-view.ts";
import { addBtrfs } from "../../test-support/storage.ts";
import { denied, ioError } from "../../test-support/tree-host.ts";

const uuid = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";
const folder = `/sys/fs/btrfs/${uuid}`;

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

async function list(): Promise<object | undefined> {
  return (await machine.probe()).lists.find(({ kind }) => kind === "storage_pool");
}

describe("storage pools", () => {
  it("are none, and surely none, where the kernel has neither ZFS nor btrfs", async () => {
    expect(await list()).toMatchObject({ isComplete: true });
  });

  it.each(["/sys/fs/btrfs", "/proc/spl/kstat/zfs"])("may be missing where %s cannot be listed", async (path) => {
    machine.entries.set(path, denied(path));

    expect(await list()).toMatchObject({ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } });
  });

  it("fail by themselves where they cannot be read, and the list stays whole", async () => {
    machine.add("/proc/spl/kstat/zfs", { "tank/state": ioError("state"), "other/state": "ONLINE\n", "odd/state": "online?\n" });
    addBtrfs(machine, uuid, [{ name: "sda" }]);
    machine.entries.set(`${folder}/devices`, ioError(`${folder}/devices`));

    const payload = await machine.probe();

    expect(factsAt(payload, "storage_pool", "zfs/tank")).toMatch(/^HOST_READ_FAILED/);
    expect(factsAt(payload, "storage_pool", "zfs/odd")).toMatch(/^HOST_ANSWER_MALFORMED: \/proc\/spl\/kstat\/zfs\/odd\/state/);
    expect(factsAt(payload, "storage_pool", "zfs/other")).toMatchObject({ state: "online" });
    expect(factsAt(payload, "storage_pool", `btrfs/${uuid}`)).toMatch(/^HOST_READ_FAILED/);
    expect(await list()).toMatchObject({ isComplete: true });
  });

  it("are not called online where the kernel does not tell of missing devices", async () => {
    machine.add(folder, { label: "\n", "devices/sda/size": "1\n", "devices/dm-3/size": "1\n" });

    const payload = await machine.probe();

    expect(factsAt(payload, "storage_pool", `btrfs/${uuid}`)).toEqual({ type: "btrfs", uuid, devices: ["dm-3", "sda"] });
    expect(samplesAt(payload, "storage_pool", `btrfs/${uuid}`)).toEqual({});
  });

  it("count no errors while a device does not tell its own", async () => {
    addBtrfs(machine, uuid, [
      { name: "sda", errors: 1 },
      { name: "sdb", errors: 2 },
    ]);
    machine.add(`${folder}/devinfo/2`, { error_stats: "invalid\n" });

    expect(samplesAt(await machine.probe(), "storage_pool", `btrfs/${uuid}`)).toMatchObject({ write_errors_total: undefined });
  });

  it("lead a ZFS dataset to the members that udev found", async () => {
    machine.add("/sys/block", { sda: { link: "/sys/devices/virtual/block/sda" } });
    machine.add("/sys/devices/virtual/block/sda", { size: "8\n", dev: "8:0\n", wwid: "naa.5\n", "device/type": "0\n" });
    machine.add("/sys/devices/virtual/block/sda/sda1", { partition: "1\n", size: "8\n", dev: "8:1\n" });
    machine.add("/run/udev/data", { "b8:1": "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\nE:ID_FS_UUID=12333633426595136968\n" });
    machine.mount("/tank/data", "0:42", "zfs tank/data");
    machine.mount("/other", "0:43", "zfs tanker");

    const payload = await machine.probe();

    expect(factsAt(payload, "filesystem", "/tank/data")).toMatchObject({ physicalBlockDeviceIds: ["naa.5"] });
    expect(factsAt(payload, "filesystem", "/other")).not.toHaveProperty("physicalBlockDeviceIds");
  });
});
