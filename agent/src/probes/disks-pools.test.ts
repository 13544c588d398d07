/** How disks that are put together are, and how cards wear. */
import { beforeEach, describe, expect, it } from "vitest";
import { addMapped, addSata } from "./test-support/devices.ts";
import { DisksMachine } from "./test-support/disks-machine.ts";
import { factsAt, samplesAt } from "./test-support/payload-view.ts";
import { addBtrfs, addCard, addRaid } from "./test-support/storage.ts";

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

describe("feature 39: state of mdraid, ZFS, btrfs and LVM", () => {
  it("tells a degraded array that is being rebuilt", async () => {
    const files = {
      "md/degraded": "1\n",
      "md/sync_action": "recover\n",
      "md/sync_completed": "1569888 / 2093056\n",
      "md/mismatch_cnt": "128\n",
    };
    addRaid(machine, "md0", { sda1: "in_sync", sdb1: "faulty,write_mostly" }, { ...files, "md/dev-sda1/errors": "7\n" });

    const payload = await machine.probe();

    expect(factsAt(payload, "block_device", "md:0fbf5f2c-add2-43c2-bd78-a4be3ab709ef")).toMatchObject({
      type: "BLOCK_DEVICE_TYPE_RAID",
      raidArray: {
        level: "raid1",
        state: "clean",
        memberCount: 2,
        degradedCount: 1,
        syncAction: "recover",
        members: [
          { name: "sda1", state: "in_sync", correctedReadErrors: "7" },
          { name: "sdb1", state: "faulty,write_mostly", correctedReadErrors: "0" },
        ],
      },
    });
    expect(samplesAt(payload, "block_device", "md:0fbf5f2c-add2-43c2-bd78-a4be3ab709ef")).toMatchObject({
      raid_mismatches: 128,
      raid_sync_percent: expect.closeTo(75.005, 3),
    });
  });

  it("tells pools of ZFS by their state and nothing of the statistics beside them", async () => {
    machine.add("/proc/spl/kstat/zfs", { "tank/state": "DEGRADED\n", "backup/state": "ONLINE\n", arcstats: "1 2 3\n" });

    const payload = await machine.probe();

    expect(payload.subjects.filter(({ kind }) => kind === "storage_pool").map(({ id }) => id)).toEqual([
      "zfs/backup",
      "zfs/tank",
    ]);
    expect(factsAt(payload, "storage_pool", "zfs/tank")).toEqual({ type: "zfs", name: "tank", state: "degraded" });
  });

  it("tells a btrfs that lacks a device, with the errors of all, and the disks below its mount", async () => {
    const uuid = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";
    addSata(machine, "a");
    addSata(machine, "b");
    addBtrfs(machine, uuid, [{ name: "sda", errors: 2 }, { name: "sdb", errors: 3 }, { isMissing: true }], "bulk");
    machine.mount("/bulk", "0:40", "btrfs /dev/sdb");

    const payload = await machine.probe();

    expect(factsAt(payload, "storage_pool", `btrfs/${uuid}`)).toEqual({
      type: "btrfs",
      name: "bulk",
      uuid,
      state: "degraded",
      devices: ["sda", "sdb"],
      missingDeviceCount: 1,
    });
    expect(samplesAt(payload, "storage_pool", `btrfs/${uuid}`)).toMatchObject({
      read_errors_total: 5,
      corruption_errors_total: 5,
    });
    expect(factsAt(payload, "filesystem", "/bulk")).toMatchObject({
      physicalBlockDeviceIds: ["naa.50014ee2000000a1", "naa.50014ee2000000b1"],
      uuid,
      label: "bulk",
    });
  });

  it("tells volume group and logical volume, with the hyphens that LVM doubles", async () => {
    addMapped(machine, 0, "LVM-x", "ubuntu--vg-my--storage", []);

    expect(factsAt(await machine.probe(), "block_device", "dm:LVM-x")).toMatchObject({
      deviceMapper: {
        type: "lvm",
        name: "ubuntu--vg-my--storage",
        volumeGroup: "ubuntu-vg",
        logicalVolume: "my-storage",
        isSuspended: false,
      },
    });
  });
});

describe("feature 42: life of eMMC and SD cards", () => {
  it("tells the wear and the reserve of an eMMC", async () => {
    addCard(machine, 0, { type: "MMC\n", life_time: "0x0a 0x0b\n", pre_eol_info: "0x02\n" });

    expect(factsAt(await machine.probe(), "block_device", "serial:SC64G_0x1a2b3c4d")).toMatchObject({
      flashLife: { cardType: "mmc", usedTypeAPercent: 100, usedTypeBPercent: 110, reserveState: "warning" },
    });
  });
});
