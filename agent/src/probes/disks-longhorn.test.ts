/** The way from Longhorn down to the disks. */
import { beforeEach, describe, expect, it } from "vitest";
import { addMapped, addNvme, addSata } from "./test-support/devices.ts";
import { DisksMachine } from "./test-support/disks-machine.ts";
import { factsAt } from "./test-support/payload-view.ts";
import { addRaid } from "./test-support/storage.ts";

const nvmeId = "eui.0000000000000011";

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

describe("feature 20: partition, filesystem and mount to Longhorn disk", () => {
  const config = '{"diskName":"default-disk-1","diskUUID":"5a6d1c2e-8d0b-4a55-9a51-0c9a5c3f0a11","diskDriver":""}';

  it("leads from Longhorn's folder over mount, LVM, crypt and RAID to the disks", async () => {
    addSata(machine, "a", { "sda1/partition": "1\n", "sda1/size": "2048\n", "sda1/dev": "8:1\n" });
    addSata(machine, "b");
    addRaid(machine, "md0", { sda1: "in_sync", sdb: "in_sync" });
    addMapped(machine, 0, "CRYPT-LUKS2-0fbf5f2cadd243c2bd78a4be3ab709ef-luks", "luks", ["md0"]);
    addMapped(machine, 1, "LVM-x", "vg-longhorn", ["dm-0"]);
    machine.mount("/var/lib/longhorn", "253:1", "ext4 /dev/mapper/vg-longhorn");
    machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": config });
    machine.add("/run/udev/data", {
      "b8:1":
        "E:ID_FS_TYPE=linux_raid_member\nE:ID_FS_UUID=1e4e3ac4\nE:ID_PART_ENTRY_UUID=cfec-1\nE:ID_PART_ENTRY_NAME=raid\\x20one\n",
      "b253:1": "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=af54ef06\nE:ID_FS_LABEL=long\nE:ID_FS_LABEL_ENC=long\\x20horn\n",
    });

    const payload = await machine.probe();

    const disksBelow = ["naa.50014ee2000000a1", "naa.50014ee2000000b1"];
    expect(factsAt(payload, "longhorn_disk", "/var/lib/longhorn")).toEqual({
      diskUuid: "5a6d1c2e-8d0b-4a55-9a51-0c9a5c3f0a11",
      mountPoint: "/var/lib/longhorn",
      physicalBlockDeviceIds: disksBelow,
      isMountPoint: true,
    });
    expect(factsAt(payload, "filesystem", "/var/lib/longhorn")).toMatchObject({
      blockDeviceId: "dm:LVM-x",
      physicalBlockDeviceIds: disksBelow,
      uuid: "af54ef06",
      label: "long horn",
    });
    expect(factsAt(payload, "block_device", "naa.50014ee2000000a1")).toMatchObject({
      partitions: [
        {
          name: "sda1",
          uuid: "cfec-1",
          label: "raid one",
          content: { type: "linux_raid_member", uuid: "1e4e3ac4" },
          holders: ["md0"],
        },
      ],
    });
    expect(factsAt(payload, "block_device", "dm:LVM-x")).toMatchObject({ slaves: ["dm-0"], content: { type: "ext4" } });
  });

  it("finds a disk of Longhorn in a mount point and in a folder of the root, and says which it is", async () => {
    addNvme(machine, 1);
    addSata(machine, "a");
    machine.mount("/mnt/nvme", "8:0", "ext4 /dev/sda");
    machine.add("/var/lib/longhorn", { "engine-binaries/x": "", "longhorn-disk.cfg": config });
    machine.add("/mnt/nvme", { "longhorn-disk.cfg": config.replace("5a6d1c2e", "7b6d1c2e") });

    const payload = await machine.probe();

    expect(factsAt(payload, "longhorn_disk", "/var/lib/longhorn")).toEqual({
      diskUuid: "5a6d1c2e-8d0b-4a55-9a51-0c9a5c3f0a11",
      mountPoint: "/",
      physicalBlockDeviceIds: [nvmeId],
      isMountPoint: false,
    });
    expect(factsAt(payload, "longhorn_disk", "/mnt/nvme")).toMatchObject({ mountPoint: "/mnt/nvme", isMountPoint: true });
  });
});
