/** Devices as they lie in /sys, for tests: folders with links and files of real shape. */
import type { TreeHost } from "./tree-host.ts";

/** Adds a disk at a place of /sys/devices, linked from /sys/block; `device` holds the files of its folder `device`. */
export function addDisk(
  host: TreeHost,
  path: string,
  files: Readonly<Record<string, string>>,
  device?: Readonly<Record<string, string>>,
): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  host.add("/sys/block", { [name]: { link: path } });
  host.add(path, {
    size: "2048\n",
    dev: "8:0\n",
    ro: "0\n",
    removable: "0\n",
    stat: "       1        2        3        4        5        6        7        8        0        9       10       11       12       13       14\n",
    "queue/rotational": "0\n",
    "queue/logical_block_size": "512\n",
    "queue/physical_block_size": "4096\n",
    ...files,
  });
  if (device === undefined) return;
  const deviceFolder = path.replace(/(?:\/block)?\/[^/]+$/, "");
  host.add(path, { device: { link: deviceFolder } });
  host.add(deviceFolder, device);
}

/** An NVMe disk: controller nvme<number> with namespace 1, at a PCIe function. */
export function addNvme(
  host: TreeHost,
  number: number,
  files: Readonly<Record<string, string>> = {},
  pcieFunction = `/sys/devices/pci0000:00/0000:00:0${number}.0`,
): void {
  const controller = `${pcieFunction}/nvme/nvme${number}`;
  addDisk(
    host,
    `${controller}/nvme${number}n1`,
    { dev: `259:${number}\n`, nsid: "1\n", wwid: `eui.00000000000000${number}1\n`, ...files },
    {
      model: "Samsung SSD 980 PRO 1TB                 \n",
      serial: `S5GXNX0R00000${number}      \n`,
      firmware_rev: "5B2QGXA7\n",
      transport: "pcie\n",
    },
  );
  host.add("/sys/class/nvme", { [`nvme${number}`]: { link: controller } });
}

/** A SATA disk behind an AHCI controller. */
export function addSata(
  host: TreeHost,
  letter: string,
  files: Readonly<Record<string, string>> = {},
  device: Readonly<Record<string, string>> = {},
): void {
  const port = letter.charCodeAt(0) - "a".charCodeAt(0);
  const scsi = `/sys/devices/pci0000:00/0000:00:1f.2/ata${port + 1}/host${port}/target${port}:0:0/${port}:0:0:0`;
  addDisk(
    host,
    `${scsi}/block/sd${letter}`,
    { dev: `8:${16 * port}\n`, "queue/rotational": "1\n", ...files },
    {
      type: "0\n",
      vendor: "ATA     \n",
      model: "WDC WD40EFRX-68N\n",
      rev: "0A82\n",
      wwid: `naa.50014ee2000000${letter}1\n`,
      ...device,
    },
  );
}

/** A disk behind a USB bridge at a port, with a LUN. */
export function addUsb(
  host: TreeHost,
  letter: string,
  port: string,
  lun = 0,
  device: Readonly<Record<string, string>> = {},
): void {
  const usb = `/sys/devices/pci0000:00/0000:00:14.0/usb2/${port}`;
  const scsi = `${usb}/${port}:1.0/host6/target6:0:0/6:0:0:${lun}`;
  addDisk(
    host,
    `${scsi}/block/sd${letter}`,
    { dev: `8:${16 * (letter.charCodeAt(0) - 97)}\n`, "queue/rotational": "1\n" },
    { type: "0\n", vendor: "JMicron \n", model: "Tech            \n", rev: "0209\n", ...device },
  );
  host.add(usb, { serial: "DD56419883891\n" });
}

/** A device-mapper target that stands on others. */
export function addMapped(host: TreeHost, number: number, uuid: string, name: string, slaves: readonly string[]): void {
  const files = { dev: `253:${number}\n`, "dm/uuid": `${uuid}\n`, "dm/name": `${name}\n`, "dm/suspended": "0\n" };
  const links = Object.fromEntries(slaves.map((slave) => [`slaves/${slave}`, ""]));
  addDisk(host, `/sys/devices/virtual/block/dm-${number}`, { ...files, ...links });
}
