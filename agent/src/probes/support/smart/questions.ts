/** Which devices are asked for their health, and how. Pure. */
import { BlockDeviceType } from "@nodekeeper/proto";
import { usbDeviceOf } from "../block/attachment.ts";
import type { KnownBlockDevice } from "../block/block-devices.ts";
import { isDiskWithHealth } from "../block/name-class.ts";
import { usbDiskTypeFor } from "./usb-disk-type.ts";

/** One call of smartctl. */
export interface Question {
  /** What is asked, e.g. /dev/nvme0. */
  readonly device: string;
  /** How it is spoken to, e.g. "sat" or "megaraid,3"; empty where smartctl chooses. */
  readonly deviceType: string;
  readonly arguments: readonly string[];
  /** Questions of one lane are asked one after the other: two commands at once have hung USB bridges. */
  readonly lane: string;
  /** A reading younger than this stands, and the disk is left alone; 0: it is asked in every run. */
  readonly restMs: number;
  /** The same after a try that failed. */
  readonly restAfterFailureMs: number;
  /** The same, in place of both, in a run that comes of the kernel's complaint about this disk. */
  readonly restAfterFaultMs: number;
  /** Where the kernel says whether it has suspended the device, which opening it would end. */
  readonly runtimeStatusPath: string | undefined;
  /** The USB device that it goes through, as the kernel names it, e.g. "2-1.4". */
  readonly usbDevice: string | undefined;
  /** How to ask where smartctl does not know the USB bridge, which it says before it opens anything; undefined: not at all. */
  readonly ifBridgeIsUnknown: Pick<Question, "deviceType" | "arguments"> | undefined;
  /** True where no physical disk stands behind the device: what it does not tell is absent, not failed. */
  readonly isVirtual: boolean;
}

const minuteMs = 60_000;
/** Asking a disk may make the kernel log what has it asked again. */
const restAfterFaultMs = minuteMs / 2;
/** Reading is no news for a flash disk; a spinning one begins to count its time to standby anew. */
const rotationalRestMs = 60 * minuteMs;
const rotationalRestAfterFaultMs = 10 * minuteMs;
/** Bridges have been reset and hung by being asked. */
const usbRestMs = 6 * 60 * minuteMs;
const usbRestAfterFaultMs = 60 * minuteMs;

/** Who it is, its verdict, its attributes or health log. All forms only read, and stand in the table of allowed commands. */
const health = ["--info", "--health", "--attributes"];
/**
 * A disk that sleeps is not woken: it is asked for its power mode first. smartctl asks SCSI disks from 7.2 on; with an older one only the
 * kernel's own runtime_status protects a SAS disk.
 */
const unlessAsleep = ["-n", "standby,3"];
/** Capabilities are in Identify Controller, which is read anyway: they hold the thresholds of temperature, up to smartctl 7.4 only as text. */
const nvmeArguments = ["--json=co", ...health, "--capabilities", "--log=selftest", "-d", "nvme"];
/** The type is said, since finding it out could wake the disk. */
const ataArguments = [
  ...["--json=c", ...health, "--capabilities", ...unlessAsleep],
  ...["--log=selftest", "--log=devstat", "-d", "sat"],
];
/** SAS has no attribute table: errors, tests and wear stand in logs, and one counter only in the text. */
const scsiArguments = ["--json=co", ...health, ...unlessAsleep, "--log=error", "--log=selftest", "--log=ssd"];
/** The safe set: some bridges reset the port when asked for logs. smartctl knows the type by the bridge's USB id. */
const usbArguments = ["--json=c", ...health, ...unlessAsleep];

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
  const common = { device: path, runtimeStatusPath: `/sys/block/${raw.name}/device/power/runtime_status`, isVirtual };
  if (bus === "usb") return { ...common, ...usbQuestion(path, device) };
  const deviceType = bus === "sata" ? "sat" : "scsi";
  const own = bus === "sata" ? ataArguments : [...scsiArguments, "-d", "scsi"];
  const isSpinning = value.isRotational === true;
  return {
    ...common,
    deviceType,
    arguments: [...own, path],
    lane: path,
    restMs: isSpinning ? rotationalRestMs : 0,
    restAfterFailureMs: 0,
    restAfterFaultMs: isSpinning ? rotationalRestAfterFaultMs : restAfterFaultMs,
    usbDevice: undefined,
    ifBridgeIsUnknown: undefined,
  };
}

/** What is asked and how: disks behind one RAID controller differ by type only. */
export function questionKey({ device, deviceType }: Question): string {
  return `${device} ${deviceType}`;
}

/** The question to an NVMe controller: one for all its namespaces. */
export function controllerQuestion(name: string, isVirtual: boolean): Question {
  const path = `/dev/${name}`;
  return {
    ...unhurried,
    device: path,
    deviceType: "nvme",
    arguments: [...nvmeArguments, path],
    lane: path,
    isVirtual,
  };
}

/** The question to a disk behind a RAID controller. It is rested as if it turned: whether it does is known only once it has answered. */
export function memberQuestion(device: string, deviceType: string): Question {
  return {
    ...unhurried,
    device,
    deviceType,
    arguments: [...scsiArguments, "-d", deviceType, device],
    lane: device,
    restMs: rotationalRestMs,
    isVirtual: false,
  };
}

const unhurried = {
  restMs: 0,
  restAfterFailureMs: 0,
  restAfterFaultMs,
  runtimeStatusPath: undefined,
  usbDevice: undefined,
  ifBridgeIsUnknown: undefined,
} as const;

function usbQuestion(path: string, { raw }: KnownBlockDevice): Omit<Question, "device" | "runtimeStatusPath" | "isVirtual"> {
  const folder = usbDeviceOf(raw.path);
  const type = usbDiskTypeFor(raw.usb);
  return {
    deviceType: "",
    arguments: [...usbArguments, path],
    lane: folder ?? path,
    restMs: usbRestMs,
    restAfterFailureMs: usbRestMs,
    restAfterFaultMs: usbRestAfterFaultMs,
    usbDevice: folder?.slice(folder.lastIndexOf("/") + 1),
    ifBridgeIsUnknown: type === undefined ? undefined : { deviceType: type, arguments: [...usbArguments, "-d", type, path] },
  };
}
