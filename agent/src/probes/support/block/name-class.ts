/** What a name of /sys/block says about the device, and which names are no devices of their own. */

/** The driver behind a name, as far as reading differs by it. */
export type NameClass =
  | "nvme"
  | "scsi"
  | "optical"
  | "virtio"
  | "mmc"
  | "device-mapper"
  | "raid"
  | "loop"
  | "zram"
  | "nbd"
  | "other";

const classes: readonly (readonly [RegExp, NameClass])[] = [
  [/^nvme\d+n\d+$/, "nvme"],
  [/^sd[a-z]+$/, "scsi"],
  [/^sr\d+$/, "optical"],
  [/^vd[a-z]+$/, "virtio"],
  [/^mmcblk\d+$/, "mmc"],
  [/^dm-\d+$/, "device-mapper"],
  [/^md(?:\d+|_.+)$/, "raid"],
  [/^loop\d+$/, "loop"],
  [/^zram\d+$/, "zram"],
  [/^nbd\d+$/, "nbd"],
];

const noDevices: readonly (readonly [RegExp, string])[] = [
  [/^ram\d+$/, "memory of the ram disk driver: nothing is stored on it"],
  [/^nvme\d+c\d+n\d+$/, "one path of a multipath NVMe namespace, which is listed itself as nvmeXnY"],
  [/^mmcblk\d+(?:boot\d+|rpmb|gp\d+)$/, "a hardware partition of an eMMC that is listed itself as mmcblkX"],
];

/** The class of a device by its name. */
export function classOf(name: string): NameClass {
  return classes.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

/** Why a name of /sys/block is not listed as a device, whatever is in its folder; undefined where it is. */
export function whyNoDevice(name: string): string | undefined {
  return noDevices.find(([pattern]) => pattern.test(name))?.[1];
}

/** True for the drivers that keep a name for devices that may come: without a size there is nothing behind the name. */
export function isSlot(name: string): boolean {
  return ["loop", "zram", "nbd"].includes(classOf(name));
}

/** True for the names of disks that may tell of their health: NVMe namespaces and SCSI, SATA and USB disks. */
export function isDiskWithHealth(name: string): boolean {
  return ["nvme", "scsi"].includes(classOf(name));
}

/** True for the drivers whose devices are put together of others: device-mapper, md, and those that we do not know, as bcache. */
export function standsOnOthers(name: string): boolean {
  return ["device-mapper", "raid", "other"].includes(classOf(name));
}
