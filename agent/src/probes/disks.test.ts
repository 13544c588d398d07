import { BlockDeviceType, Outcome, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import type { FilesystemUsage } from "../host/host.ts";
import type { Payload, Sample } from "../payload.ts";
import { disks } from "./disks.ts";
import { addDisk, addMapped, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { denied, ioError, TreeHost } from "./test-support/tree-host.ts";

const rootMount = "29 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme1n1 rw";
const usage: FilesystemUsage = { sizeBytes: 1000, freeBytes: 400, availableBytes: 350, inodesTotal: 100, inodesFree: 60 };

let host: TreeHost;

beforeEach(() => {
  host = new TreeHost({ "/proc/1/mountinfo": `${rootMount}\n` });
  host.usages.set("/", usage);
});

async function run(): Promise<Payload> {
  const payload = disks.parse(await disks.read(host, new AbortController().signal));
  if (payload === undefined) throw new Error("the probe says absent");
  return payload;
}

function subject({ subjects }: Payload, id: string): Subject | undefined {
  return subjects.find((each) => each.id === id);
}

function list({ lists }: Payload, kind: string): object | undefined {
  return lists.find((each) => each.kind === kind);
}

function samplesOf({ samples }: Payload, id: string): Readonly<Record<string, Sample["value"]>> {
  return Object.fromEntries(samples.filter((each) => each.id === id).map(({ name, value }) => [name, value]));
}

describe("disks", () => {
  it("tells everything about a disk, its partitions and what stands on them", async () => {
    addNvme(host, 1, {
      size: "1953525168\n",
      "nvme1n1p2/partition": "2\n",
      "nvme1n1p2/size": "2048\n",
      "nvme1n1p2/dev": "259:3\n",
      "nvme1n1p1/partition": "1\n",
      "nvme1n1p1/size": "1050624\n",
      "nvme1n1p1/dev": "259:2\n",
    });
    addMapped(host, 0, "LVM-a", "vg0-data", ["nvme1n1p2"]);
    addMapped(host, 1, "LVM-b", "vg0-more", ["nvme1n1"]);

    const payload = await run();

    expect(subject(payload, "eui.0000000000000011")).toMatchObject({
      kind: "block_device",
      outcome: Outcome.OK,
      value: {
        case: "blockDevice",
        value: {
          name: "nvme1n1",
          type: BlockDeviceType.DISK,
          bus: "nvme",
          vendor: "",
          model: "Samsung SSD 980 PRO 1TB",
          serial: "S5GXNX0R000001",
          firmwareRevision: "5B2QGXA7",
          wwid: "eui.0000000000000011",
          sizeBytes: 1_000_204_886_016n,
          logicalBlockSizeBytes: 512,
          physicalBlockSizeBytes: 4096,
          isRotational: false,
          isRemovable: false,
          isReadOnly: false,
          isVirtual: false,
          partitions: [
            { name: "nvme1n1p1", number: 1, sizeBytes: 537_919_488n, holders: [] },
            { name: "nvme1n1p2", number: 2, sizeBytes: 1_048_576n, holders: ["dm-0"] },
          ],
          holders: ["dm-0", "dm-1"],
        },
      },
    });
    expect(list(payload, "block_device")).toMatchObject({ isComplete: true });
  });

  it("tells counters in bytes and seconds, of a device's sectors of 512 bytes", async () => {
    addNvme(host, 1);

    expect(samplesOf(await run(), "eui.0000000000000011")).toEqual({
      reads_completed_total: 1,
      read_bytes_total: 3 * 512,
      read_seconds_total: 0.004,
      writes_completed_total: 5,
      written_bytes_total: 7 * 512,
      write_seconds_total: 0.008,
      io_in_flight: 0,
      io_seconds_total: 0.009,
      discards_completed_total: 11,
    });
  });

  it("leaves counters that an old kernel has not unknown, and all of them where the file is not as documented", async () => {
    addNvme(host, 1, { stat: "1 2 3 4 5 6 7 8 0 9 10\n" });
    expect(samplesOf(await run(), "eui.0000000000000011")).toMatchObject({
      reads_completed_total: 1,
      discards_completed_total: undefined,
    });

    addNvme(host, 1, { stat: "1 2\n" });
    expect(new Set(Object.values(samplesOf(await run(), "eui.0000000000000011")))).toEqual(new Set([undefined]));
  });

  it("takes the whole model and revision of a SATA disk from udev, and never its identity", async () => {
    addSata(host, "a");
    host.entries.set(
      "/run/udev/data/b8:0",
      "E:ID_MODEL_ENC=WDC\\x20WD40EFRX-68N32N0\nE:ID_REVISION=82.00A82\nE:ID_SERIAL_SHORT=WD-WCC7K0\nI:1\n",
    );

    expect(subject(await run(), "naa.50014ee2000000a1")?.value).toMatchObject({
      value: { vendor: "", model: "WDC WD40EFRX-68N32N0", firmwareRevision: "82.00A82", serial: "WD-WCC7K0", bus: "sata" },
    });

    host.remove("/run/udev");

    expect(subject(await run(), "naa.50014ee2000000a1")?.value).toMatchObject({
      value: { model: "WDC WD40EFRX-68N", firmwareRevision: "0A82", serial: "" },
    });
  });

  it("names a stick by the serial of its USB device", async () => {
    addUsb(host, "b", "2-1.4");

    expect(subject(await run(), "serial:Tech_DD56419883891")?.value).toMatchObject({
      value: { name: "sdb", bus: "usb", serial: "DD56419883891", vendor: "JMicron" },
    });
  });

  it("knows a disk of a virtual machine and a LUN of storage software for what they are", async () => {
    addDisk(host, "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", { serial: "root" }, { vendor: "0x1af4\n" });
    addDisk(
      host,
      "/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdc",
      {},
      { vendor: "IET     \n", model: "VIRTUAL-DISK    \n", wwid: "naa.6000000000000000\n" },
    );

    const payload = await run();

    expect(subject(payload, "serial:root")?.value).toMatchObject({ value: { bus: "virtio", isVirtual: true, vendor: "" } });
    expect(subject(payload, "naa.6000000000000000")?.value).toMatchObject({ value: { bus: "iscsi", isVirtual: true } });
  });

  it("leaves out empty slots of drivers, ram disks, paths of multipath and hardware partitions, but no disk", async () => {
    for (const name of ["ram0", "nvme0c0n1", "mmcblk0boot0", "mmcblk0rpmb"])
      addDisk(host, `/sys/devices/virtual/block/${name}`, {});
    for (const name of ["loop0", "zram0", "nbd0"]) addDisk(host, `/sys/devices/virtual/block/${name}`, { size: "0\n" });
    addDisk(host, "/sys/devices/virtual/block/loop1", { "loop/backing_file": "/disk.img\n" });
    addDisk(host, "/sys/devices/virtual/block/zram1", {});

    const payload = await run();

    const devices = payload.subjects.filter(({ kind }) => kind === "block_device");
    expect(devices.map(({ id, value }) => [id, value.case === "blockDevice" ? value.value.type : undefined])).toEqual([
      ["loop:/disk.img", BlockDeviceType.LOOP],
      ["name:zram1", BlockDeviceType.ZRAM],
    ]);
    expect(samplesOf(payload, "loop:/disk.img")).toEqual({});
  });

  it("keeps two devices with one identity apart", async () => {
    addSata(host, "a", {}, { wwid: "naa.cloned\n" });
    addSata(host, "b", {}, { wwid: "naa.cloned\n" });

    const payload = await run();

    expect(subject(payload, "naa.cloned")?.value).toMatchObject({ value: { name: "sda" } });
    expect(subject(payload, "naa.cloned@pci0000:00/0000:00:1f.2/ata2/0:0:0")?.value).toMatchObject({ value: { name: "sdb" } });
  });

  it("joins filesystems to partitions, mapped devices and, for btrfs, to the device that is their source", async () => {
    addNvme(host, 1, { "nvme1n1p1/dev": "259:9\n", "nvme1n1p1/size": "8\n", "nvme1n1p1/partition": "1\n" });
    addDisk(host, "/sys/devices/virtual/block/dm-0", { dev: "253:0\n", "dm/uuid": "LVM-x\n", "dm/name": "vg0-data\n" });
    const mounts = [
      rootMount,
      "30 29 259:9 / /boot rw - vfat /dev/nvme1n1p1 rw",
      "31 29 253:0 / /data rw - xfs /dev/mapper/vg0-data rw",
      "32 29 0:40 / /bulk rw - btrfs /dev/mapper/vg0-data rw",
      "33 29 0:41 / /more rw - btrfs /dev/nvme1n1p1 rw",
      "34 29 0:42 / /tank rw - zfs tank rw",
    ];
    host.entries.set("/proc/1/mountinfo", mounts.join("\n"));
    for (const path of ["/boot", "/data", "/bulk", "/more", "/tank"]) host.usages.set(path, usage);

    const payload = await run();

    const joined = payload.subjects.flatMap(({ value }) =>
      value.case === "filesystem" ? [[value.value.mountPoint, value.value.blockDeviceId, value.value.deviceName]] : [],
    );
    expect(joined).toEqual([
      ["/", "eui.0000000000000011", "nvme1n1"],
      ["/boot", "eui.0000000000000011", "nvme1n1p1"],
      ["/bulk", "dm:LVM-x", "dm-0"],
      ["/data", "dm:LVM-x", "dm-0"],
      ["/more", "eui.0000000000000011", "nvme1n1p1"],
      ["/tank", "", ""],
    ]);
  });

  it("tells usage as facts and samples", async () => {
    const payload = await run();

    expect(subject(payload, "/")).toMatchObject({
      value: {
        value: {
          mountPoint: "/",
          source: "/dev/nvme1n1",
          type: "ext4",
          sizeBytes: 1000n,
          inodesTotal: 100n,
          isRemote: false,
          isReadOnly: false,
        },
      },
    });
    expect(samplesOf(payload, "/")).toEqual({
      used_bytes: 600,
      free_bytes: 400,
      available_bytes: 350,
      inodes_used: 40,
      inodes_free: 60,
    });
  });

  it("leaves inodes unknown where a filesystem makes them as needed", async () => {
    host.usages.set("/", { ...usage, inodesTotal: 0, inodesFree: 0 });

    expect(samplesOf(await run(), "/")).toMatchObject({ inodes_used: undefined, inodes_free: undefined });
  });

  it("asks for the usage of network, FUSE and CSI mounts only through a child", async () => {
    addDisk(
      host,
      "/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdc",
      { dev: "8:32\n" },
      { vendor: "IET     \n", wwid: "naa.6000\n" },
    );
    const csi = "/var/lib/kubelet/plugins/kubernetes.io/csi/driver.longhorn.io/abc/globalmount";
    const mounts = [
      rootMount,
      "30 29 0:50 / /mnt/nas rw - nfs4 nas:/export rw",
      "31 29 8:17 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw",
      `32 29 8:48 / ${csi} rw - ext4 /dev/longhorn/pvc-1 rw`,
      "33 29 8:32 / /mnt/lun rw - ext4 /dev/sdc rw",
    ];
    host.entries.set("/proc/1/mountinfo", mounts.join("\n"));
    host.usages.set("/mnt/nas", new AppError("HOST_MOUNT_NOT_RESPONDING", "/mnt/nas does not respond"));
    for (const path of ["/mnt/ntfs", csi, "/mnt/lun"]) host.usages.set(path, usage);

    const payload = await run();

    expect(host.calls.toSorted()).toEqual([
      "stat /",
      "stat in a child /mnt/lun",
      "stat in a child /mnt/nas",
      "stat in a child /mnt/ntfs",
      `stat in a child ${csi}`,
    ]);
    expect(subject(payload, "/mnt/nas")).toMatchObject({
      outcome: Outcome.FAILED,
      failure: { code: "HOST_MOUNT_NOT_RESPONDING" },
    });
    expect(subject(payload, "/mnt/lun")?.value).toMatchObject({ value: { isRemote: true, sizeBytes: 1000n, deviceName: "sdc" } });
    expect(subject(payload, "/")).toMatchObject({ outcome: Outcome.OK });
  });
});

describe("disks, where something cannot be read", () => {
  it("fails a filesystem that cannot be measured, and goes on with the others", async () => {
    host.entries.set("/proc/1/mountinfo", `${rootMount}\n30 29 8:1 / /data rw - ext4 /dev/sda1 rw`);
    host.usages.set("/data", denied("/data"));

    const payload = await run();

    expect(subject(payload, "/data")).toMatchObject({ outcome: Outcome.FAILED, failure: { code: "HOST_PERMISSION_DENIED" } });
    expect(subject(payload, "/")).toMatchObject({ outcome: Outcome.OK });
    expect(list(payload, "filesystem")).toMatchObject({ isComplete: true });
  });

  it("fails one bad disk among good ones under its own id, and the list stays whole", async () => {
    addSata(host, "a");
    addSata(host, "b");
    host.entries.set("/sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/size", ioError("size"));

    const payload = await run();

    expect(subject(payload, "naa.50014ee2000000a1")).toMatchObject({ outcome: Outcome.OK });
    expect(subject(payload, "naa.50014ee2000000b1")).toMatchObject({
      outcome: Outcome.FAILED,
      failure: { code: "HOST_READ_FAILED" },
    });
    expect(list(payload, "block_device")).toMatchObject({ isComplete: true });
  });

  it("fails a disk whose size is no number", async () => {
    addSata(host, "a", { size: "many\n" });

    expect(subject(await run(), "naa.50014ee2000000a1")).toMatchObject({
      outcome: Outcome.FAILED,
      failure: { code: "HOST_ANSWER_MALFORMED", message: "the size of sda is no number of sectors: /sys/block/sda/size" },
    });
  });

  it("does not call the list whole when a disk's identity cannot be told: it may be any that is missing", async () => {
    addSata(host, "a");
    addSata(host, "b");
    host.entries.set("/sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/wwid", denied("wwid"));

    const payload = await run();

    expect(subject(payload, "naa.50014ee2000000a1")).toMatchObject({ outcome: Outcome.OK });
    expect(subject(payload, "name:sdb")).toMatchObject({ outcome: Outcome.FAILED, failure: { code: "HOST_PERMISSION_DENIED" } });
    expect(list(payload, "block_device")).toMatchObject({ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } });
  });

  it("does not call the list whole when a disk's folder cannot be listed", async () => {
    addSata(host, "a");
    host.add("/sys/block", { sdb: ioError("/sys/block/sdb") });

    const payload = await run();

    expect(subject(payload, "name:sdb")).toMatchObject({ outcome: Outcome.FAILED });
    expect(list(payload, "block_device")).toMatchObject({ isComplete: false });
  });

  it("takes an answer of the kernel that there is no identity for what it is", async () => {
    addUsb(host, "b", "2-1.4");
    host.entries.set(
      "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1.4/2-1.4:1.0/host6/target6:0:0/6:0:0:0/wwid",
      ioError("wwid", "ENXIO"),
    );

    const payload = await run();

    expect(subject(payload, "serial:Tech_DD56419883891")).toMatchObject({ outcome: Outcome.OK });
    expect(list(payload, "block_device")).toMatchObject({ isComplete: true });
  });

  it("does not list a disk that goes away while it is read", async () => {
    addSata(host, "a");
    const listed = host.list.bind(host);
    let isFirst = true;
    host.list = async (path) => {
      if (path !== "/sys/block" || !isFirst) return listed(path);
      isFirst = false;
      return [...(await listed(path)), "sdb"];
    };

    const payload = await run();

    expect(subject(payload, "name:sdb")).toBeUndefined();
    expect(list(payload, "block_device")).toMatchObject({ isComplete: true });
  });

  it("tells filesystems when /sys/block cannot be listed, and that devices may be missing", async () => {
    host.entries.set("/sys/block", denied("/sys/block"));

    const payload = await run();

    expect(payload.subjects.map(({ kind }) => kind)).toEqual(["filesystem"]);
    expect(list(payload, "block_device")).toMatchObject({ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } });
    expect(list(payload, "filesystem")).toMatchObject({ isComplete: true });
  });

  it("tells devices when mountinfo cannot be read, and that filesystems may be missing", async () => {
    addSata(host, "a");
    host.remove("/proc/1/mountinfo");

    const payload = await run();

    expect(payload.subjects.map(({ kind }) => kind)).toEqual(["block_device"]);
    expect(list(payload, "filesystem")).toMatchObject({ isComplete: false, failure: { code: "HOST_FILE_MISSING" } });
  });

  it("says that filesystems may be missing when a line of mountinfo is cut off", async () => {
    host.entries.set("/proc/1/mountinfo", `${rootMount}\n30 29 8:1 / /da`);

    const payload = await run();

    expect(subject(payload, "/")).toMatchObject({ outcome: Outcome.OK });
    expect(list(payload, "filesystem")).toMatchObject({ isComplete: false, failure: { code: "HOST_ANSWER_MALFORMED" } });
  });

  it("fails as a whole when neither devices nor mounts can be read", async () => {
    const empty = new TreeHost();

    await expect(disks.read(empty, new AbortController().signal)).rejects.toThrow("/sys/block is not there");
  });

  it("ends when it is aborted", async () => {
    addSata(host, "a");

    await expect(disks.read(host, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });
});
