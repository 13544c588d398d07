/** From a mounted filesystem to the block device that it lies on. Pure. */
import type { KnownBlockDevice } from "../block/block-devices.ts";
import { textOf } from "../block/file-values.ts";
import type { MountedFilesystem } from "./select-filesystems.ts";

/** Where a filesystem lies. */
export interface DeviceOfFilesystem {
  readonly device: KnownBlockDevice;
  /** Name of the device or of its partition, e.g. nvme0n1p2. */
  readonly name: string;
}

/** Finds the device of a filesystem; undefined where none of ours stands behind it. */
export type DeviceLookup = (filesystem: MountedFilesystem) => DeviceOfFilesystem | undefined;

/**
 * Looks up by major:minor of disks, partitions, device-mapper and md devices. Filesystems over several devices (btrfs) have no number of
 * their own; they are found by their source, which names one of the devices.
 */
export function createDeviceLookup(devices: readonly KnownBlockDevice[]): DeviceLookup {
  const byDev = new Map<string, DeviceOfFilesystem>();
  const bySource = new Map<string, DeviceOfFilesystem>();
  const add = (dev: string | undefined, found: DeviceOfFilesystem): void => {
    if (dev !== undefined) byDev.set(dev, found);
    bySource.set(`/dev/${found.name}`, found);
  };
  for (const device of devices) {
    const { raw } = device;
    add(textOf(raw.files["dev"]), { device, name: raw.name });
    const mapperName = textOf(raw.files["dm/name"]);
    if (mapperName !== undefined) bySource.set(`/dev/mapper/${mapperName}`, { device, name: raw.name });
    for (const partition of raw.partitions) add(textOf(partition.dev), { device, name: partition.name });
  }
  return ({ dev, source }) => byDev.get(dev) ?? (dev.startsWith("0:") ? bySource.get(source) : undefined);
}
