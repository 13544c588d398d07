import { describe, expect, it } from "vitest";
import { rawBlockDevice, readText } from "../../test-support/raw-block-device.ts";
import { busOf, isVirtual, usbDeviceOf } from "./attachment.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

function device(path: string, vendor = "", model = "", transport?: string): RawBlockDevice {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const nvmeControllers = transport === undefined ? [] : [{ name: "nvme0", transport: readText(transport) }];
  return rawBlockDevice(
    name,
    { "device/vendor": vendor, "device/model": model },
    { path: `/sys/devices/${path}`, nvmeControllers },
  );
}

const ahci = "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda";
const sas = "pci0000:00/0000:00:03.0/0000:03:00.0/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda";
const raid = "pci0000:00/0000:00:1c.0/0000:03:00.0/host2/target2:2:0/2:2:0:0/block/sda";
const usb = "pci0000:00/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0/host6/target6:0:0/6:0:0:0/block/sdb";
const iscsi = "platform/host3/session1/target3:0:0/3:0:0:1/block/sdc";
const virtioScsi = "pci0000:00/0000:00:04.0/virtio2/host0/target0:0:0/0:0:0:0/block/sda";

describe("busOf", () => {
  it.each([
    { bus: "nvme", of: device("pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1", "", "X", "pcie\n") },
    { bus: "nvme", of: device("virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "", "X", "pcie\n") },
    { bus: "nvme-tcp", of: device("virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "", "X", "tcp\n") },
    { bus: "sata", of: device(ahci, "ATA") },
    { bus: "sata", of: device(sas, "ATA     ") },
    { bus: "sas", of: device(sas, "SEAGATE") },
    { bus: "scsi", of: device(raid, "DELL", "PERC H730") },
    { bus: "usb", of: device(usb, "JMicron", "Tech") },
    { bus: "iscsi", of: device(iscsi, "IET", "VIRTUAL-DISK") },
    { bus: "virtio", of: device("pci0000:00/0000:00:02.0/virtio1/block/vda") },
    { bus: "virtio", of: device(virtioScsi, "QEMU", "QEMU HARDDISK") },
    { bus: "mmc", of: device("platform/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0") },
    { bus: "xen", of: device("vbd-51712/block/xvda") },
    { bus: "nbd", of: device("virtual/block/nbd0") },
    { bus: "", of: device("virtual/block/dm-0") },
  ])("is $bus for $of.path", ({ bus, of }) => {
    expect(busOf(of)).toBe(bus);
  });
});

describe("isVirtual", () => {
  it.each([
    { is: false, of: device(ahci, "ATA", "Samsung SSD 870") },
    { is: true, of: device(ahci, "ATA", "QEMU HARDDISK") },
    { is: true, of: device(ahci, "ATA", "VBOX HARDDISK") },
    { is: false, of: device("pci0/nvme/nvme0/nvme0n1", "", "Samsung SSD 980 PRO 1TB", "pcie") },
    { is: true, of: device("pci0/nvme/nvme0/nvme0n1", "", "QEMU NVMe Ctrl", "pcie") },
    { is: true, of: device("pci0/nvme/nvme0/nvme0n1", "", "Amazon Elastic Block Store", "pcie") },
    { is: true, of: device("virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "", "Linux", "tcp") },
    { is: true, of: device(iscsi, "IET", "VIRTUAL-DISK") },
    { is: true, of: device(iscsi, "SYNOLOGY", "iSCSI Storage") },
    { is: true, of: device("pci0000:00/0000:00:02.0/virtio1/block/vda") },
    { is: true, of: device("virtual/block/loop0") },
    { is: true, of: device("virtual/block/zram0") },
    { is: undefined, of: device("virtual/block/dm-0") },
    { is: undefined, of: device("virtual/block/md0") },
  ])("is $is for $of.path", ({ is, of }) => {
    expect(isVirtual(of, busOf(of))).toBe(is);
  });
});

describe("usbDeviceOf", () => {
  it("finds the device behind its hubs, which disks of one bridge share", () => {
    expect(usbDeviceOf(`/sys/devices/${usb}`)).toBe("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1.4");
    expect(usbDeviceOf(`/sys/devices/${usb.replace("6:0:0:0", "6:0:0:1").replace("sdb", "sdc")}`)).toBe(
      "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1.4",
    );
  });

  it("finds none where the way is not by USB", () => {
    expect(usbDeviceOf(`/sys/devices/${ahci}`)).toBeUndefined();
  });
});
