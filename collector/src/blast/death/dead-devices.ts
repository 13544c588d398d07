/** What of a machine's storage goes with one of its disks: partitions, what stands on them, and the filesystems on top, but for arrays that bear it. */
import { BlockDeviceType } from "@nodekeeper/proto";
import { isFreshAndOk, type NodeView, type ValueOf, valuesOf } from "../../state/node-view.ts";

/** A machine without the disk. */
export interface DeadDevices {
  /** Mount points of filesystems that are gone. */
  readonly mountPoints: ReadonlySet<string>;
  /** Arrays that lose a member and go on. */
  readonly survivingArrays: readonly string[];
  /**
   * Whether what lies in a folder of the machine is gone: by the filesystem that the folder is on. Undefined: that filesystem is not known.
   */
  isGone(folder: string): boolean | undefined;
  /** What could not be told, in words. */
  readonly unknown: readonly string[];
}

type Device = ValueOf<"blockDevice">;

/** How many members of an array must be in sync. */
const neededMembers: Readonly<Record<string, (members: number) => number>> = {
  raid1: () => 1,
  raid4: (members) => members - 1,
  raid5: (members) => members - 1,
  raid6: (members) => members - 2,
  // It bears more where it is lucky; one is certain.
  raid10: (members) => members - 1,
};

/** The machine without the block device of this id. */
export function deadDevices(machine: NodeView, id: string): DeadDevices {
  const devices = valuesOf(machine, "blockDevice");
  const dead = new Set<string>();
  for (const { subject, value } of devices) if (subject.id === id) addWhole(dead, value);
  const survivingArrays = spread(
    devices.map(({ value }) => value),
    dead,
  );
  const filesystems = valuesOf(machine, "filesystem").map(({ value }) => value);
  const isDead = (one: ValueOf<"filesystem">): boolean =>
    dead.has(one.deviceName) || (one.type === "btrfs" && one.physicalBlockDeviceIds.includes(id));
  const mountPoints = new Set(filesystems.filter(isDead).map(({ mountPoint }) => mountPoint));
  return {
    mountPoints,
    survivingArrays,
    isGone(folder) {
      const lies = lowest(filesystems, folder);
      return lies === undefined ? undefined : isDead(lies);
    },
    unknown: doubts(machine, filesystems, id),
  };
}

/** Whether a folder of the machine is a window to data elsewhere: a share of the network, say. False where it is not known. */
export function isRemoteFolder(machine: NodeView, folder: string): boolean {
  const filesystems = valuesOf(machine, "filesystem").map(({ value }) => value);
  return lowest(filesystems, folder)?.isRemote === true;
}

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const plain = folder.replace(/\/+$/, "");
  return plain === "" || path === plain || path.startsWith(`${plain}/`);
}

/** Adds what stands on what is dead, until nothing more does; gives the arrays that bear it. */
function spread(devices: readonly Device[], dead: Set<string>): readonly string[] {
  const surviving = new Set<string>();
  for (let before = -1; before !== dead.size; ) {
    before = dead.size;
    for (const device of devices) {
      if (dead.has(device.name) || !device.slaves.some((slave) => dead.has(slave))) continue;
      if (bearsIt(device, dead)) surviving.add(device.name);
      else addWhole(dead, device);
    }
  }
  return [...surviving].filter((name) => !dead.has(name)).sort();
}

function bearsIt({ type, raidArray }: Device, dead: ReadonlySet<string>): boolean {
  if (type !== BlockDeviceType.RAID || raidArray === undefined) return false;
  const { members, memberCount = members.length } = raidArray;
  const needed = neededMembers[raidArray.level]?.(memberCount);
  const inSync = members.filter(({ name, state }) => state.split(",").includes("in_sync") && !dead.has(name));
  return needed !== undefined && inSync.length >= Math.max(1, needed);
}

function addWhole(dead: Set<string>, { name, partitions }: Device): void {
  dead.add(name);
  for (const partition of partitions) dead.add(partition.name);
}

function doubts(machine: NodeView, filesystems: readonly ValueOf<"filesystem">[], id: string): readonly string[] {
  const { name } = machine.node;
  const list = machine.lists.find(({ kind }) => kind === "filesystem");
  const device = machine.subjects.find((subject) => subject.kind === "block_device" && subject.id === id);
  const texts: string[] = [];
  if (device === undefined || !isFreshAndOk(device)) texts.push(`what lies on the disk is of ${name}'s last word, which is old`);
  else if (list?.isComplete !== true) texts.push(`which filesystems lie on the disk: ${name}'s list of them is not complete`);
  if (filesystems.some(({ type, physicalBlockDeviceIds: ids }) => type === "btrfs" && ids.length > 1 && ids.includes(id)))
    texts.push("whether its btrfs over several disks bears the loss of one: it is counted as lost");
  if (filesystems.some(({ type }) => type === "zfs")) texts.push("whether a pool of ZFS lies on the disk: ZFS does not say so");
  return texts;
}

/** The filesystem that a folder lies on. */
function lowest(filesystems: readonly ValueOf<"filesystem">[], folder: string): ValueOf<"filesystem"> | undefined {
  return filesystems
    .filter(({ mountPoint }) => isInside(folder, mountPoint))
    .toSorted((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
}
