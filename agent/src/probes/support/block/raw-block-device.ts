/** What is read of a block device before anything is made of it. Sources: /sys/block, /sys/class/nvme, /run/udev/data. */
import type { AppError } from "@nodekeeper/shared";
import type { Reading } from "../../../host/reading.ts";
import type { RawRaidMember } from "../raid/raw-raid-member.ts";

/** A partition: an entry of the disk's folder under the disk's name. */
export interface RawPartition {
  readonly name: string;
  /** `partition`: its number. */
  readonly number: Reading;
  /** `size`, in sectors of 512 bytes. */
  readonly size: Reading;
  /** `dev`: major:minor. */
  readonly dev: Reading;
  /** /run/udev/data/b<major>:<minor>. */
  readonly udev: Reading | undefined;
}

/** A controller of /sys/class/nvme. */
export interface RawNvmeController {
  /** e.g. nvme0. Its number need not be the number in the names of its namespaces. */
  readonly name: string;
  /** `transport`: pcie, tcp, rdma, fc, loop. */
  readonly transport: Reading;
}

/** What is read of a PCIe function. */
export interface RawPcieFunction {
  /** Its folder under /sys/devices. */
  readonly path: string;
  /** e.g. 0000:01:00.0. */
  readonly address: string;
  /** `power/runtime_status`: active, suspended, suspending, resuming, unsupported. */
  readonly runtimeStatus: Reading;
  /** Its other files by name; none where it does not say that it is awake. */
  readonly files: Readonly<Record<string, Reading>>;
  /** `max_link_speed` and `max_link_width` of the port above it; none where there is no such port, or it may sleep, or nothing is to be learnt. */
  readonly port: Readonly<Record<string, Reading>>;
}

/** What is read of a USB device. */
export interface RawUsbDevice {
  /** Its folder. */
  readonly path: string;
  /** `idVendor` and `idProduct`: four hexadecimal digits each. */
  readonly vendorId: Reading;
  readonly productId: Reading;
  /** `manufacturer`, `product`, `serial`: what it says of itself; many say nothing. */
  readonly manufacturer: Reading;
  readonly product: Reading;
  readonly serial: Reading;
  /** `speed`, in Mbit/s. */
  readonly speed: Reading;
  /** Where `driver` of the interface leads that the disk is behind: …/uas or …/usb-storage. */
  readonly driver: Reading;
}

/** One name of /sys/block. */
export interface RawBlockDevice {
  readonly name: string;
  /** Where /sys/block/<name> leads; the way there says how the device is attached. */
  readonly path: string;
  /** Files of the folder and of folders in it, by relative path, as "size" and "device/model". One that is not here is not there. */
  readonly files: Readonly<Record<string, Reading>>;
  /** False for devices that no hardware stands behind, and for a moment while hardware goes away. */
  readonly hasDeviceFolder: boolean;
  /** Devices and partitions that it stands on: names in its folder `slaves`. */
  readonly slaves: readonly string[];
  readonly partitions: readonly RawPartition[];
  /** Controllers that an NVMe namespace is reached by: one, or several with multipath. */
  readonly nvmeControllers: readonly RawNvmeController[];
  /** The PCIe function of its NVMe controller; undefined where there is not exactly one. */
  readonly pcie: RawPcieFunction | undefined;
  /** The USB device that it is part of. */
  readonly usb: RawUsbDevice | undefined;
  /** `port_no` of its ATA port: the number of the port in the kernel's names is counted anew at each boot. */
  readonly ataPortNumber: Reading | undefined;
  /** Members of an array of the md driver. */
  readonly raidMembers: readonly RawRaidMember[];
  /** /run/udev/data/b<major>:<minor>. */
  readonly udev: Reading | undefined;
}

/** A device whose folder could not be listed. */
export interface UnreadableBlockDevice {
  readonly name: string;
  readonly error: AppError;
}

/** Everything under /sys/block. */
export interface RawBlockDevices {
  readonly devices: readonly RawBlockDevice[];
  readonly unreadable: readonly UnreadableBlockDevice[];
  /** Why /sys/block could not be listed; then there are no devices here, and nothing is known about what there is. */
  readonly listError: AppError | undefined;
}
