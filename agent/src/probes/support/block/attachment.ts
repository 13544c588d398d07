/** How a block device is attached, by the way that its name leads in /sys/devices, and whether hardware stands behind it. */
import { printable } from "../printable.ts";
import { textOf } from "./file-values.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

/** Marks on the way to a device, the more special first: a disk behind virtio-scsi has a SCSI host, but is virtio's. */
const marks: readonly (readonly [RegExp, string])[] = [
  [/\/usb\d+\//, "usb"],
  [/\/virtio\d+\//, "virtio"],
  [/\/session\d+\//, "iscsi"],
  [/\/(?:vbd|xen)-/, "xen"],
  [/\/mmc_host\//, "mmc"],
  [/\/ata\d+\//, "sata"],
  [/\/rport-[^/]*\//, "fc"],
  [/\/end_device-[^/]*\//, "sas"],
  [/\/block\/nbd\d+$/, "nbd"],
  [/\/block\/rbd\d+$/, "rbd"],
  [/\/target\d+:\d+:\d+\//, "scsi"],
];

/** Attachments behind which there is no disk of this machine, but another machine's or a hypervisor's word. */
const remoteOrVirtual = ["virtio", "iscsi", "xen", "nbd", "rbd"];

/** Vendors and models under which hypervisors and storage software present disks of their own. */
const virtualIdentities: readonly RegExp[] = [
  /^IET\b/, // iSCSI Enterprise Target; Longhorn's own volumes
  /^LIO-ORG\b/, // the Linux kernel's target
  /^VIRTUAL-DISK\b/,
  /^QEMU\b/,
  /^VBOX\b/,
  /^ORCL-VBOX-NVME\b/,
  /^VMware\b/i,
  /^Msft\b/, // Hyper-V
  /^Virtual Disk\b/,
  /^Google PersistentDisk\b/i,
  /^nvme_card-pd\b/, // Google
  /^Amazon Elastic Block Store\b/,
  /^SCST_/, // another target of Linux
  /^AMI Virtual\b/, // media of a server's management controller, as the next two
  /^Virtual (?:CDROM|Floppy|HDisk|Media)\b/,
  /^Linux File-Stor Gadget\b/, // a file that another Linux presents over USB
];

const maximumBusBytes = 32;

/** nvme, nvme-tcp …, sata, sas, scsi, fc, usb, virtio, mmc, iscsi, xen, nbd, rbd; empty where the way there does not say. */
export function busOf(device: RawBlockDevice): string {
  if (device.nvmeControllers.length > 0) return nvmeBus(device);
  const bus = marks.find(([mark]) => mark.test(device.path))?.[1] ?? "";
  // A SATA disk behind a SAS controller is presented by a translation layer, whose vendor is ATA.
  const isTranslated = (bus === "sas" || bus === "scsi") && textOf(device.files["device/vendor"]) === "ATA";
  return isTranslated ? "sata" : bus;
}

/**
 * The folder of the USB device on the way to a block device; undefined where the way is not by USB. It is the last part of the way that is
 * named bus-port, as 2-1.4 in …/usb2/2-1/2-1.4/2-1.4:1.0/host6/…
 */
export function usbDeviceOf(path: string): string | undefined {
  return /^.*\/usb\d+\/(?:.*\/)?\d+-\d+(?:\.\d+)*(?=\/)/.exec(path)?.[0];
}

/** True where the data lies on another machine, and reading may wait for a network. */
export function isNetworkBus(bus: string): boolean {
  return ["iscsi", "nbd", "rbd"].includes(bus) || bus.startsWith("nvme-");
}

/** Whether no disk of this machine stands behind a device; undefined for what is put together of other devices. */
export function isVirtual(device: RawBlockDevice, bus: string): boolean | undefined {
  if (/^(?:loop|zram)\d+$/.test(device.name)) return true;
  if (remoteOrVirtual.includes(bus) || isNetworkBus(bus)) return true;
  if (bus === "") return undefined;
  return isVirtualIdentity(textOf(device.files["device/vendor"]) ?? "", textOf(device.files["device/model"]) ?? "");
}

/** True for the names under which hypervisors and storage software present disks. */
export function isVirtualIdentity(vendor: string, model: string): boolean {
  return [vendor, model, `${vendor} ${model}`].some((text) => virtualIdentities.some((each) => each.test(text)));
}

/** A disk of this machine has a controller on PCIe; one on a network is another machine's. */
function nvmeBus(device: RawBlockDevice): string {
  const transports = device.nvmeControllers.map((controller) => textOf(controller.transport) ?? "pcie");
  const remote = transports.find((transport) => transport !== "pcie" && transport !== "apple-nvme");
  return remote === undefined ? "nvme" : printable(`nvme-${remote}`, maximumBusBytes);
}
