/** The way down from a device, a partition or a mapped device to the disks at its bottom: LVM, crypt, md, and what stands between. Pure. */
import { type BlockDevice, BlockDeviceType } from "@nodekeeper/proto";

/** Block devices of a machine by their ids. */
export type Devices = readonly { readonly id: string; readonly value: BlockDevice }[];

/** What was found. */
export interface DevicesBelow {
  /** Ids of all of them, the uppermost first. */
  readonly all: readonly string[];
  /** Ids of the disks at the bottom. */
  readonly physical: readonly string[];
}

/** Looks from a name of the kernel, e.g. dm-1 or nvme0n1p2, downwards. */
export function devicesBelow(name: string, devices: Devices): DevicesBelow {
  const all = new Set<string>();
  const physical = new Set<string>();
  const visit = (each: string): void => {
    const found = devices.find(
      ({ value }) => value.name === each || value.partitions.some((partition) => partition.name === each),
    );
    if (found === undefined || all.has(found.id)) return;
    all.add(found.id);
    const { type, slaves } = found.value;
    const isMade = type === BlockDeviceType.DEVICE_MAPPER || type === BlockDeviceType.RAID;
    if (!isMade || slaves.length === 0) physical.add(found.id);
    for (const slave of slaves) visit(slave);
  };
  visit(name);
  return { all: [...all], physical: [...physical] };
}
