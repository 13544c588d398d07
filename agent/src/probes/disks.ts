/**
 * Block devices and mounted filesystems of this machine, with their counters and usage.
 * Sources: /sys/block, /run/udev/data, /proc/1/mountinfo, statfs(2). No device is opened and no program is run.
 *
 * Listed are disks, md and device-mapper devices, optical drives, and loop, zram and nbd devices that something is in. Left out are ram disks,
 * empty loop, zram and nbd slots, paths of a multipath NVMe namespace and hardware partitions of an eMMC (support/block/name-class.ts).
 * Loop devices have no samples: their traffic is counted on the disk that their file lies on.
 * Network, FUSE and CSI mounts are listed with `is_remote`; only a short-lived child asks for their usage, since the question may hang.
 */
import { AppError } from "@nodekeeper/shared";
import type { FilesystemUsage, Host } from "../host/host.ts";
import { type Reading, readFile, requiredValue } from "../host/reading.ts";
import { completeList, failedSubject, incompleteList, okSubject, type Payload, type Sample } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { isNetworkBus } from "./support/block/attachment.ts";
import { type BlockDevices, interpretBlockDevices } from "./support/block/block-devices.ts";
import { limitId } from "./support/block/identity.ts";
import { ioSamples } from "./support/block/io-counters.ts";
import type { RawBlockDevices } from "./support/block/raw-block-device.ts";
import { readBlockDevices } from "./support/block/read-block-devices.ts";
import { forEachLimited } from "./support/for-each-limited.ts";
import { createDeviceLookup, type DeviceOfFilesystem } from "./support/mounts/device-lookup.ts";
import { parseMountinfo } from "./support/mounts/mountinfo.ts";
import { type MountedFilesystem, selectFilesystems } from "./support/mounts/select-filesystems.ts";
import { printable } from "./support/printable.ts";

/** What one run reads. */
export interface RawDisks {
  readonly blockDevices: RawBlockDevices;
  /** /proc/1/mountinfo. */
  readonly mountinfo: Reading;
  /** By mount point, for every filesystem. */
  readonly usages: ReadonlyMap<string, FilesystemUsage | AppError>;
}

interface Found {
  readonly blockDevices: BlockDevices;
  readonly filesystems: readonly LocatedFilesystem[];
  /** Why a filesystem may be missing here. */
  readonly incompleteBecause: AppError | undefined;
}

interface LocatedFilesystem extends MountedFilesystem {
  readonly location: DeviceOfFilesystem | undefined;
}

/** Nodes of Kubernetes have thousands of mounts, and a line of overlayfs has up to a page of options. */
const maximumMountinfoBytes = 16 << 20;

/** Enough that a few mounts that hang do not hold up the others, and few enough that no flood of children starts. */
const maximumUsagesAtOnce = 4;
const remoteTimeoutMs = 5_000;

/** The probe. */
export const disks: Probe<RawDisks> = defineProbe({
  name: "disks",
  title: "block devices and filesystems",
  intervalMs: 60_000,
  minimumIntervalMs: 10_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 30_000,
  needs: { paths: ["/sys/block", "/proc/1/mountinfo", "/run/udev/data"], commands: [], root: false },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal): Promise<RawDisks> {
  const [blockDevices, mountinfo] = await Promise.all([
    readBlockDevices(host, signal),
    readFile(host, "/proc/1/mountinfo", { maximumBytes: maximumMountinfoBytes }),
  ]);
  const { filesystems } = find({ blockDevices, mountinfo });
  const usages = new Map<string, FilesystemUsage | AppError>();
  await forEachLimited(filesystems, maximumUsagesAtOnce, async ({ mountPoint, isRemote }) => {
    signal.throwIfAborted();
    usages.set(mountPoint, await readUsage(host, mountPoint, isRemote, signal));
  });
  return { blockDevices, mountinfo, usages };
}

function parse(raw: RawDisks): Payload | undefined {
  const { blockDevices, filesystems, incompleteBecause } = find(raw);
  if (raw.blockDevices.listError !== undefined && raw.mountinfo.outcome !== "ok") throw raw.blockDevices.listError;
  const subjects = [
    ...blockDevices.known.map(({ id, value }) => okSubject("block_device", id, value)),
    ...blockDevices.failed.map(({ id, error }) => failedSubject("block_device", id, error)),
    ...filesystems.map((filesystem) => filesystemSubject(filesystem, raw.usages)),
  ];
  const lists = [listOf("block_device", blockDevices.incompleteBecause), listOf("filesystem", incompleteBecause)];
  const isAbsent = subjects.length === 0 && lists.every((list) => list.isComplete);
  return isAbsent ? undefined : { subjects, lists, samples: samplesOf(blockDevices, filesystems, raw.usages) };
}

async function readUsage(
  host: Host,
  mountPoint: string,
  isRemote: boolean,
  signal: AbortSignal,
): Promise<FilesystemUsage | AppError> {
  try {
    if (isRemote) return await host.statRemoteFilesystem(mountPoint, { timeoutMs: remoteTimeoutMs, signal });
    return await host.statFilesystem(mountPoint);
  } catch (thrown) {
    return AppError.from(thrown, "HOST_READ_FAILED");
  }
}

/** Devices and filesystems joined: reading needs it to know what may be asked, parsing to say what was found. */
function find(raw: Pick<RawDisks, "blockDevices" | "mountinfo">): Found {
  const blockDevices = interpretBlockDevices(raw.blockDevices);
  const text = mountinfoOf(raw.mountinfo);
  if (text instanceof AppError) return { blockDevices, filesystems: [], incompleteBecause: text };
  const { mounts, malformed } = parseMountinfo(text);
  const lookUp = createDeviceLookup(blockDevices.known);
  const filesystems = selectFilesystems(mounts).map((filesystem) => {
    const location = lookUp(filesystem);
    return { ...filesystem, location, isRemote: filesystem.isRemote || isNetworkBus(location?.device.bus ?? "") };
  });
  return { blockDevices, filesystems, incompleteBecause: malformed };
}

function mountinfoOf(reading: Reading): string | AppError {
  try {
    return requiredValue(reading);
  } catch (thrown) {
    return AppError.from(thrown, "HOST_READ_FAILED");
  }
}

function filesystemSubject(filesystem: LocatedFilesystem, usages: RawDisks["usages"]): Payload["subjects"][number] {
  const { mountPoint, source, type, isReadOnly, isRemote, location } = filesystem;
  const usage = usages.get(mountPoint);
  if (usage instanceof AppError) return failedSubject("filesystem", limitId(mountPoint), usage);
  return okSubject("filesystem", limitId(mountPoint), {
    mountPoint: printable(mountPoint, 1024),
    source: printable(source, 1024),
    type: printable(type, 64),
    blockDeviceId: location?.device.id ?? "",
    deviceName: location?.name ?? "",
    isReadOnly,
    sizeBytes: usage === undefined ? undefined : BigInt(usage.sizeBytes),
    inodesTotal: usage === undefined ? undefined : BigInt(usage.inodesTotal),
    isRemote,
  });
}

function samplesOf(
  blockDevices: BlockDevices,
  filesystems: readonly LocatedFilesystem[],
  usages: RawDisks["usages"],
): readonly Sample[] {
  const counted = blockDevices.known.filter((device) => !device.raw.name.startsWith("loop"));
  return [
    ...counted.flatMap((device) => ioSamples(device.id, device.raw.files["stat"])),
    ...filesystems.flatMap(({ mountPoint }) => usageSamples(limitId(mountPoint), usages.get(mountPoint))),
  ];
}

function usageSamples(id: string, usage: FilesystemUsage | AppError | undefined): readonly Sample[] {
  if (usage === undefined || usage instanceof AppError) return [];
  const hasInodes = usage.inodesTotal > 0; // btrfs makes them as needed and says 0
  const values = {
    used_bytes: usage.sizeBytes - usage.freeBytes,
    free_bytes: usage.freeBytes,
    available_bytes: usage.availableBytes,
    inodes_used: hasInodes ? usage.inodesTotal - usage.inodesFree : undefined,
    inodes_free: hasInodes ? usage.inodesFree : undefined,
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "filesystem", id, name, value }));
}

function listOf(kind: "block_device" | "filesystem", incompleteBecause: AppError | undefined): Payload["lists"][number] {
  return incompleteBecause === undefined ? completeList(kind) : incompleteList(kind, incompleteBecause);
}
