/** Which devices are asked for their health, and how. Pure. */
import { BlockDeviceType } from "@nodekeeper/proto";
import { usbDeviceOf } from "../block/attachment.ts";
import type { KnownBlockDevice } from "../block/block-devices.ts";
import { isDiskWithHealth } from "../block/name-class.ts";

/** One call of smartctl. */
export interface Question {
  /** What is asked, e.g. /dev/nvme0. */
  readonly device: string;
  readonly arguments: readonly string[];
  /** Questions of one lane are asked one after the other: two commands at once have hung USB bridges. */
  readonly lane: string;
  /** A reading younger than this stands, and the disk is left alone; 0: it is asked in every run. */
  readonly restMs: number;
  /** Where the kernel says whether it has suspended the device, which opening it would end. */
  readonly runtimeStatusPath: string | undefined;
  /** True where no physical disk stands behind the device: what it does not tell is absent, not failed. */
  readonly isVirtual: boolean;
}

/** Reading is no news for a flash disk; a spinning one begins to count its time to standby anew. */
const rotationalRestMs = 60 * 60_000;
/** Bridges have been reset and hung by being asked. */
const usbRestMs = 6 * 60 * 60_000;

/** Who it is, its verdict, its attributes or health log. All forms only read, and stand in the table of allowed commands. */
const health = ["--json=c", "--info", "--health", "--attributes"];
/** A disk that sleeps is not woken. */
const unlessAsleep = ["-n", "standby,3"];
/** Capabilities are in Identify Controller, which is read anyway: they hold the thresholds of temperature. */
const nvmeArguments = [...health, "--capabilities", "-d", "nvme"];
/** The type is said, since finding it out could wake the disk. */
const ataArguments = [...health, ...unlessAsleep, "-d", "sat"];
/** SAS has no attribute table: errors and wear stand in logs. */
const scsiArguments = [...health, ...unlessAsleep, "--log=error", "--log=ssd", "-d", "scsi"];
/** The safe set: some bridges reset the port when asked for logs. smartctl knows the type by the bridge's USB id. */
const usbArguments = [...health, ...unlessAsleep];

/** Attachments by which a virtual disk may have health of its own: QEMU's NVMe and ATA disks keep logs, others at least answer. */
const speaksForItself: readonly string[] = ["nvme", "sata"];

/**
 * The question to a device; undefined where it has no health to tell, and is not asked: virtual disks and LUNs, except virtual NVMe and
 * ATA disks; eMMC and other devices that smartctl does not know; readers without a medium; everything that is no disk.
 */
export function questionFor(device: KnownBlockDevice): Question | undefined {
  const { raw, bus, type, value } = device;
  if (type !== BlockDeviceType.DISK || value.sizeBytes === 0n) return undefined;
  const isVirtual = device.isVirtual === true;
  if (isVirtual && !speaksForItself.includes(bus)) return undefined;
  const controller = raw.nvmeControllers[0];
  if (controller !== undefined) return controllerQuestion(controller.name, isVirtual);
  if (!isDiskWithHealth(raw.name)) return undefined;

  const path = `/dev/${raw.name}`;
  const usbDevice = bus === "usb" ? usbDeviceOf(raw.path) : undefined;
  const ownArguments = { usb: usbArguments, sata: ataArguments }[bus] ?? scsiArguments;
  const spinningRestMs = value.isRotational === true ? rotationalRestMs : 0;
  return {
    device: path,
    arguments: [...ownArguments, path],
    lane: usbDevice ?? path,
    restMs: bus === "usb" ? usbRestMs : spinningRestMs,
    runtimeStatusPath: `/sys/block/${raw.name}/device/power/runtime_status`,
    isVirtual,
  };
}

/** The question to an NVMe controller: one for all its namespaces. */
export function controllerQuestion(name: string, isVirtual: boolean): Question {
  const path = `/dev/${name}`;
  return {
    device: path,
    arguments: [...nvmeArguments, path],
    lane: path,
    restMs: 0,
    runtimeStatusPath: undefined,
    isVirtual,
  };
}
