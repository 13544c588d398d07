import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { rawBlockDevice as device, rawUsbDevice } from "../../test-support/raw-block-device.ts";
import { distinctIds, identitiesOf, identityOf, limitId } from "./identity.ts";

describe("identityOf", () => {
  it.each([
    { name: "an NVMe EUI", of: device("nvme0n1", { wwid: "eui.0025385b71b0f3a1\n" }), id: "eui.0025385b71b0f3a1" },
    {
      name: "an NVMe identity by vendor, serial and model",
      of: device("nvme0n1", { wwid: "nvme.1234-5330-4142-00000001\n" }),
      id: "nvme.1234-5330-4142-00000001",
    },
    { name: "a SCSI identity", of: device("sda", { "device/wwid": "naa.5002538d40b3e1f2\n" }), id: "naa.5002538d40b3e1f2" },
    {
      name: "a padded identity, without its padding",
      of: device("sda", { "device/wwid": "t10.ATA     ACME DISK-80               AD-0123456789\n" }),
      id: "t10.ATA_ACME_DISK-80_AD-0123456789",
    },
    {
      name: "model and serial where the identity is all zeros",
      of: device("nvme0n1", { wwid: "eui.0000000000000000\n", nsid: "1\n", "device/model": "X Y  \n", "device/serial": "S1\n" }),
      id: "serial:X_Y_S1_n1",
    },
    { name: "the serial of a virtio disk", of: device("vda", { serial: "root-disk" }), id: "serial:root-disk" },
    {
      name: "the serial of page 80h, after its header",
      of: device("sda", {
        "device/model": "ACME SSD-3",
        "device/vpd_pg80": "\u0000\uFFFD\u0000\u0014  0123456789ABCDEF  ",
      }),
      id: "serial:ACME_SSD-3_0123456789ABCDEF",
    },
    {
      name: "the serial of the USB device",
      of: device("sdb", { "device/model": "Stick 3.0       " }, { usb: rawUsbDevice({ serial: "1122334455667788\n" }) }),
      id: "serial:Stick_3.0_1122334455667788",
    },
    {
      name: "the name where a serial is zeros",
      of: device("sdb", { "device/model": "X" }, { usb: rawUsbDevice({ serial: "000000000000\n" }) }),
      id: "name:sdb",
    },
    { name: "the name where there is nothing", of: device("vda", { serial: "" }), id: "name:vda" },
    {
      name: "the UUID of a device-mapper device",
      of: device("dm-0", { "dm/uuid": "LVM-abc\n", "dm/name": "vg0-root\n" }),
      id: "dm:LVM-abc",
    },
    {
      name: "the name of a device-mapper device without UUID",
      of: device("dm-0", { "dm/uuid": "\n", "dm/name": "vg0-root\n" }),
      id: "dm:vg0-root",
    },
    {
      name: "the UUID of an md array",
      of: device("md0", { "md/uuid": "01234567-89ab-cdef-0123-456789abcdef\n" }),
      id: "md:01234567-89ab-cdef-0123-456789abcdef",
    },
    {
      name: "the file of a loop device",
      of: device("loop3", { "loop/backing_file": "/var/lib/snapd/snaps/core_1.snap\n" }),
      id: "loop:/var/lib/snapd/snaps/core_1.snap",
    },
  ])("is $name", ({ of, id }) => {
    expect(identityOf(of)).toBe(id);
  });

  it("cannot be told, rather than be worse, where the file with it cannot be read", () => {
    const error = new AppError("HOST_READ_FAILED", "cannot read wwid");

    expect(() => identityOf(device("nvme0n1", { wwid: error, "device/serial": "S1" }))).toThrow(error);
    expect(() => identityOf(device("sda", { "device/vpd_pg80": error }))).toThrow(error);
  });

  it("cannot be told while the hardware's folder is not there", () => {
    expect(() => identityOf(device("sda", {}, { hasDeviceFolder: false }))).toThrow("cannot tell which disk sda is");
  });
});

describe("distinctIds", () => {
  const first = { id: "naa.1", path: "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda" };
  const second = { id: "naa.1", path: "/sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb" };

  it("leaves ids that are each of one device alone", () => {
    expect(distinctIds([first, { ...second, id: "naa.2" }])).toEqual(["naa.1", "naa.2"]);
  });

  it("adds its location to the id of a device that another has taken", () => {
    expect(distinctIds([first, second])).toEqual(["naa.1", "naa.1@pci0000:00/0000:00:1f.2/ata2/0:0:0"]);
  });

  it("gives the same ids whatever the order, the names and the numbers of hosts", () => {
    const renamed = {
      ...first,
      path: first.path
        .replace("host0", "host7")
        .replace("target0", "target7")
        .replace("/0:0:0:0", "/7:0:0:0")
        .replace("sda", "sdz"),
    };

    expect(distinctIds([second, renamed])).toEqual(["naa.1@pci0000:00/0000:00:1f.2/ata2/0:0:0", "naa.1"]);
  });

  it("keeps three devices at one location apart too", () => {
    const lun = { ...first, path: first.path.replace("block/sda", "block/sdx") };
    const other = { ...first, path: first.path.replace("block/sda", "block/sdy") };

    expect(new Set(distinctIds([first, lun, other])).size).toBe(3);
  });
});

describe("limitId", () => {
  it("keeps an id that fits", () => {
    expect(limitId("/mnt/ä b")).toBe("/mnt/ä b");
  });

  it("writes control characters as they stand in /proc/mounts", () => {
    expect(limitId("/mnt/a\tb")).toBe("/mnt/a\\011b");
  });

  it("cuts a longer one to 256 bytes, and keeps two apart that begin alike", () => {
    const long = `/mnt/${"ä".repeat(300)}`;

    expect(Buffer.byteLength(limitId(long))).toBeLessThanOrEqual(256);
    expect(limitId(long)).not.toContain("\uFFFD");
    expect(limitId(`${long}1`)).not.toBe(limitId(`${long}2`));
  });
});

describe("identitiesOf", () => {
  it.each([
    {
      name: "a multipath device, whose UUID no other machine has",
      of: device("dm-0", { "dm/uuid": "mpath-3600508b1001c\n", wwid: "naa.3600508b1001c\n" }),
      expected: ["dm:mpath-3600508b1001c"],
    },
    { name: "nothing but a name", of: device("vda", { serial: "" }), expected: [] },
    {
      name: "an array without a superblock",
      of: device("md0", { "md/uuid": "00000000-0000-0000-0000-000000000000\n" }),
      expected: [],
    },
    {
      name: "an NVMe disk whose NGUID is zeros and whose EUI-64 is no number",
      of: device("nvme0n1", { wwid: "eui.0025385b71b0f3a1\n", nguid: "00000000-0000-0000-0000-000000000000\n", eui: "none\n" }),
      expected: ["eui.0025385b71b0f3a1"],
    },
    {
      name: "a SATA disk with a serial number",
      of: device("sda", {
        "device/wwid": "naa.5002538d40b3e1f2\n",
        "device/model": "X 1",
        "device/vpd_pg80": "\u0000\uFFFD\u0000\u0002S1",
      }),
      expected: ["naa.5002538d40b3e1f2", "serial:X_1_S1"],
    },
  ])("are known of $name", ({ of, expected }) => {
    expect(identitiesOf(of, identityOf(of))).toEqual(expected);
  });
});
