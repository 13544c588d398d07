/** Which disks there are, and that they are known again. */
import { beforeEach, describe, expect, it } from "vitest";
import { addDisk, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { DisksMachine } from "./test-support/disks-machine.ts";
import { factsAt } from "./test-support/payload-view.ts";
import { addCard } from "./test-support/storage.ts";

const nvmeId = "eui.0000000000000011";

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

describe("feature 18: disk list with model, serial, firmware, size, bus, rotation and form", () => {
  it("tells an NVMe, a SATA and a USB disk and a card apart", async () => {
    addNvme(machine, 1);
    addSata(machine, "a", {}, { vpd_pg80: "\u0000\uFFFD\u0000\u0014     WD-WCC7K0123456" });
    addUsb(machine, "b", "2-1.4");
    addCard(machine, 0, { type: "SD\n", fwrev: "0x8\n" });

    const payload = await machine.probe();

    expect(factsAt(payload, "block_device", nvmeId)).toMatchObject({
      type: "BLOCK_DEVICE_TYPE_DISK",
      bus: "nvme",
      model: "Samsung SSD 980 PRO 1TB",
      serial: "S5GXNX0R000001",
      firmwareRevision: "5B2QGXA7",
      sizeBytes: "1048576",
      isRotational: false,
      isRemovable: false,
      isVirtual: false,
    });
    expect(factsAt(payload, "block_device", "naa.50014ee2000000a1")).toMatchObject({
      bus: "sata",
      model: "WDC WD40EFRX-68N",
      serial: "WD-WCC7K0123456",
      firmwareRevision: "0A82",
      isRotational: true,
    });
    expect(factsAt(payload, "block_device", "serial:Tech_DD56419883891")).toMatchObject({ bus: "usb", vendor: "JMicron" });
    expect(factsAt(payload, "block_device", "serial:SC64G_0x1a2b3c4d")).toMatchObject({
      bus: "mmc",
      model: "SC64G",
      firmwareRevision: "0x8",
      flashLife: { cardType: "sd" },
    });
  });
});

describe("feature 19: stable disk identity over renames, slots and moves between nodes", () => {
  const identity = { wwid: "eui.0025385b71b0f3a1\n", eui: "00 25 38 5b 71 b0 f3 a1\n" };

  it("keeps the id of a disk that has another name, slot and number of controller", async () => {
    addNvme(machine, 1, identity);
    const before = await machine.probe();
    machine = new DisksMachine();
    addNvme(machine, 3, identity);

    const after = await machine.probe();

    expect(factsAt(before, "block_device", "eui.0025385b71b0f3a1")).toMatchObject({
      name: "nvme1n1",
      location: "pci0000:00/0000:00:01.0/ns1",
    });
    expect(factsAt(after, "block_device", "eui.0025385b71b0f3a1")).toMatchObject({
      name: "nvme3n1",
      location: "pci0000:00/0000:00:03.0/ns1",
    });
  });

  it("names every identity, the id first, so that a kernel that makes its wwid of another one is no new disk", async () => {
    const nguid = "ea9f5c12-7b66-41a0-0025-385b71b0f3a1\n";
    addNvme(machine, 1, { ...identity, wwid: "eui.ea9f5c127b6641a00025385b71b0f3a1\n", nguid });

    expect(factsAt(await machine.probe(), "block_device", "eui.ea9f5c127b6641a00025385b71b0f3a1")).toMatchObject({
      identities: [
        "eui.ea9f5c127b6641a00025385b71b0f3a1",
        "eui.0025385b71b0f3a1",
        "serial:Samsung_SSD_980_PRO_1TB_S5GXNX0R000001_n1",
      ],
    });
  });

  it("gives no identity away that two disks have, and none that is only a name", async () => {
    const clone = { wwid: "naa.cloned\n" };
    addSata(machine, "a", {}, { ...clone, vpd_pg80: "\u0000\uFFFD\u0000\u0008SERIAL-A" });
    addSata(machine, "b", {}, { ...clone, vpd_pg80: "\u0000\uFFFD\u0000\u0008SERIAL-B" });
    addDisk(machine, "/sys/devices/virtual/block/zram1", {});

    const payload = await machine.probe();

    expect(factsAt(payload, "block_device", "naa.cloned")).toMatchObject({
      identities: ["naa.cloned", "serial:WDC_WD40EFRX-68N_SERIAL-A"],
    });
    expect(factsAt(payload, "block_device", "naa.cloned@pci0000:00/0000:00:1f.2/ata2/0:0:0")).toMatchObject({
      identities: ["naa.cloned@pci0000:00/0000:00:1f.2/ata2/0:0:0", "serial:WDC_WD40EFRX-68N_SERIAL-B"],
    });
    expect(factsAt(payload, "block_device", "name:zram1")).not.toHaveProperty("identities");
  });

  it("tells the place without what is counted anew at each boot", async () => {
    addSata(machine, "b");
    machine.add("/sys/devices/pci0000:00/0000:00:1f.2/ata2/ata_port/ata2", { port_no: "5\n" });
    addUsb(machine, "c", "2-1.4");

    const payload = await machine.probe();

    expect(factsAt(payload, "block_device", "naa.50014ee2000000b1")).toMatchObject({
      location: "pci0000:00/0000:00:1f.2/ata-port5/0:0:0",
    });
    expect(factsAt(payload, "block_device", "serial:Tech_DD56419883891")).toMatchObject({
      location: "pci0000:00/0000:00:14.0/usb/port1.4/port1.4:1.0/0:0:0",
    });
  });
});
