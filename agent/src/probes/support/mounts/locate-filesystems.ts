/** Mounted filesystems with the devices that they lie on. Pure. */
import { isNetworkBus } from "../block/attachment.ts";
import type { KnownBlockDevice } from "../block/block-devices.ts";
import type { BtrfsPool } from "../pools/btrfs-pools.ts";
import { createDeviceLookup, type DeviceOfFilesystem } from "./device-lookup.ts";
import type { Mount } from "./mountinfo.ts";
import { createPhysicalLookup } from "./physical-devices.ts";
import { type MountedFilesystem, selectFilesystems } from "./select-filesystems.ts";

/** A filesystem and where it lies. */
export interface LocatedFilesystem extends MountedFilesystem {
  /** Undefined where none of our devices stands behind it. */
  readonly location: DeviceOfFilesystem | undefined;
  /** Ids of the devices at the bottom of it. */
  readonly physicalIds: readonly string[];
  /** As udev found them, for btrfs as the kernel says them; empty where nobody says. */
  readonly uuid: string;
  readonly label: string;
}

/** The filesystems of a machine. A btrfs is joined to all its devices by its pool, a ZFS dataset to all members of its pool that udev found. */
export function locateFilesystems(
  mounts: readonly Mount[],
  devices: readonly KnownBlockDevice[],
  btrfsPools: readonly BtrfsPool[],
): readonly LocatedFilesystem[] {
  const lookUp = createDeviceLookup(devices);
  const physicalIdsOf = createPhysicalLookup(devices);
  return selectFilesystems(mounts).map((filesystem) => {
    const location = lookUp(filesystem);
    const name = location?.name;
    const pool = name === undefined ? undefined : btrfsPools.find((each) => each.devices.includes(name));
    const isBtrfs = filesystem.type === "btrfs" && pool !== undefined;
    const zfsMembers = filesystem.type === "zfs" ? membersOfZfs(filesystem.source, devices) : [];
    const names = isBtrfs ? pool.devices : [...(name === undefined ? [] : [name]), ...zfsMembers];
    const content = location === undefined ? undefined : contentAt(location);
    return {
      ...filesystem,
      location,
      isRemote: filesystem.isRemote || isNetworkBus(location?.device.bus ?? ""),
      physicalIds: physicalIdsOf(names),
      uuid: content?.uuid ?? (isBtrfs ? pool.uuid : ""),
      label: content?.label ?? (isBtrfs ? pool.label : ""),
    };
  });
}

/** The source of a dataset begins with the name of its pool, which is the label of the pool's members. */
function membersOfZfs(source: string, devices: readonly KnownBlockDevice[]): readonly string[] {
  const pool = source.split("/")[0];
  return devices.flatMap(({ contents }) =>
    contents.filter(({ content }) => content.type === "zfs_member" && content.label === pool).map(({ name }) => name),
  );
}

function contentAt({ device, name }: DeviceOfFilesystem): KnownBlockDevice["contents"][number]["content"] | undefined {
  return device.contents.find((each) => each.name === name)?.content;
}
