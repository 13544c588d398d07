/** Where a block device is attached: the way to it in /sys/devices without what is counted anew at each boot. */
import { printable } from "../printable.ts";
import { textOf } from "./file-values.ts";
import { classOf } from "./name-class.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

const maximumBytes = 512;

/** The way to a device without the parts that are counted anew at each boot: hosts, controllers and names. Ids are made of it: it stays as it is. */
export function locationOf(path: string): string {
  const parts = path.replace("/sys/devices/", "").split("/");
  if (parts[0] === "virtual") return parts.at(-1) ?? path;
  return parts
    .slice(0, -1)
    .filter((part) => !/^(?:host\d+|target[\d:]+|block|nvme\d*|mmc_host|mmc\d+)$/.test(part))
    .map((part) => part.replace(/^\d+:(\d+:\d+:\d+)$/, "$1"))
    .join("/");
}

/**
 * As it is told: the same, with the port of an ATA controller by its own number, a USB port without the number of its bus, and the namespace
 * of an NVMe controller. Empty for what is no hardware, and for an NVMe namespace with several controllers.
 */
export function deviceLocation(device: RawBlockDevice): string {
  const isNvme = classOf(device.name) === "nvme";
  if (device.path.includes("/virtual/") && !isNvme) return "";
  if (isNvme) return printable(nvmeLocation(device), maximumBytes);
  const port = textOf(device.ataPortNumber);
  const parts = locationOf(device.path)
    .split("/")
    .map((part) => withoutCounts(part, port));
  return printable(parts.join("/"), maximumBytes);
}

function nvmeLocation(device: RawBlockDevice): string {
  const [controller, other] = device.nvmeControllers;
  if (device.pcie === undefined && (device.path.includes("/virtual/") || controller === undefined || other !== undefined))
    return "";
  const way = device.pcie === undefined ? locationOf(device.path) : device.pcie.path.replace("/sys/devices/", "");
  const namespace = textOf(device.files["nsid"]);
  return namespace === undefined ? way : `${way}/ns${namespace}`;
}

function withoutCounts(part: string, ataPort: string | undefined): string {
  if (/^ata\d+$/.test(part)) return ataPort === undefined ? "ata" : `ata-port${ataPort}`;
  if (/^(?:usb|virtio)\d+$/.test(part)) return part.replace(/\d+$/, "");
  return part.replace(/^\d+-(\d+(?:\.\d+)*)(:\d+\.\d+)?$/, "port$1$2");
}
