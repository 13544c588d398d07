/**
 * Block devices, mounted filesystems, storage pools and Longhorn's disks of this machine, with their counters and usage.
 * Sources: /sys/block, /run/udev/data, /proc/1/mountinfo, statfs(2), /sys/fs/ext4, /sys/fs/btrfs, /proc/spl/kstat/zfs, longhorn-disk.cfg.
 * No device is opened and no program is run.
 *
 * Listed are disks, md and device-mapper devices, optical drives, and loop, zram and nbd devices that something is in. Left out are ram disks,
 * empty loop, zram and nbd slots, paths of a multipath NVMe namespace and hardware partitions of an eMMC (support/block/name-class.ts).
 * Loop devices have no samples: their traffic is counted on the disk that their file lies on.
 * Network, FUSE and CSI mounts are listed with `is_remote`; only a short-lived child asks for their usage, since the question may hang.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { type Reading, readFile, requiredValue } from "../host/reading.ts";
import {
  completeList,
  failedSubject,
  incompleteList,
  okSubject,
  type Payload,
  type Sample,
  type SubjectKind,
} from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { type BlockDevices, interpretBlockDevices, type KnownBlockDevice } from "./support/block/block-devices.ts";
import { ioSamples } from "./support/block/io-counters.ts";
import { pcieErrorSamples } from "./support/block/pcie-function.ts";
import type { RawBlockDevices } from "./support/block/raw-block-device.ts";
import { readBlockDevices } from "./support/block/read-block-devices.ts";
import { interpretLonghorn, type RawLonghorn, readLonghorn } from "./support/longhorn/longhorn-disks.ts";
import { askFilesystems } from "./support/mounts/ask-filesystems.ts";
import { type FilesystemAnswers, filesystemSamples, filesystemSubject } from "./support/mounts/filesystem-subject.ts";
import { type LocatedFilesystem, locateFilesystems } from "./support/mounts/locate-filesystems.ts";
import { type Mount, parseMountinfo } from "./support/mounts/mountinfo.ts";
import { btrfsPoolsOf } from "./support/pools/btrfs-pools.ts";
import { interpretPools, type RawPools, readPools, type StoragePools } from "./support/pools/storage-pools.ts";
import { raidSamples } from "./support/raid/raid-array.ts";

/** What one run reads. */
export interface RawDisks {
  /** Interpreted as it was read: it says what there is to ask. */
  readonly machine: Machine;
  /** What every filesystem was asked. */
  readonly answers: FilesystemAnswers;
  readonly longhorn: RawLonghorn;
}

/** Devices, and the filesystems and pools on them. */
interface Machine {
  readonly blockDevices: BlockDevices;
  readonly pools: StoragePools;
  readonly mounts: readonly Mount[];
  readonly filesystems: readonly LocatedFilesystem[];
  /** Why a filesystem may be missing here. */
  readonly incompleteBecause: AppError | undefined;
}

/** Nodes of Kubernetes have thousands of mounts, and a line of overlayfs has up to a page of options. */
const maximumMountinfoBytes = 16 << 20;

/** The probe. */
export const disks: Probe<RawDisks> = defineProbe({
  name: "disks",
  title: "block devices and filesystems",
  intervalMs: 60_000,
  minimumIntervalMs: 10_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 30_000,
  needs: {
    paths: [
      "/sys/block",
      "/proc/1/mountinfo",
      "/run/udev/data",
      "/sys/fs/ext4",
      "/sys/fs/btrfs",
      "/proc/spl/kstat/zfs",
      "/var/lib/longhorn",
    ],
    commands: [],
    root: false,
  },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal): Promise<RawDisks> {
  const [blockDevices, mountinfo, pools] = await Promise.all([
    readBlockDevices(host, signal),
    readFile(host, "/proc/1/mountinfo", { maximumBytes: maximumMountinfoBytes }),
    readPools(host),
  ]);
  const machine = describe(blockDevices, mountinfo, pools);
  const { filesystems } = machine;
  const answers = await askFilesystems(host, filesystems, signal);
  const longhorn = await readLonghorn(host, filesystems, answers.usages, signal);
  return { machine, answers, longhorn };
}

function parse({ machine, answers, longhorn: rawLonghorn }: RawDisks): Payload | undefined {
  const { blockDevices, pools, mounts, filesystems, incompleteBecause } = machine;
  const longhorn = interpretLonghorn(rawLonghorn, mounts, filesystems);
  const sections = [...pools.sections, ...longhorn.sections];
  const subjects = [
    ...blockDevices.known.map(({ id, value }) => okSubject("block_device", id, value)),
    ...blockDevices.failed.map(({ id, error }) => failedSubject("block_device", id, error)),
    ...filesystems.map((filesystem) => filesystemSubject(filesystem, answers)),
    ...sections.map(({ subject }) => subject),
  ];
  const samples = [
    ...blockDevices.known.flatMap(deviceSamples),
    ...filesystems.flatMap((filesystem) => filesystemSamples(filesystem, answers)),
    ...sections.flatMap((section) => section.samples),
  ];
  const lists = [
    listOf("block_device", blockDevices.incompleteBecause),
    listOf("filesystem", incompleteBecause),
    listOf("storage_pool", pools.incompleteBecause),
    listOf("longhorn_disk", longhorn.incompleteBecause ?? incompleteBecause),
  ];
  const isAbsent = subjects.length === 0 && lists.every((list) => list.isComplete);
  return isAbsent ? undefined : { subjects, lists, samples };
}

/** Throws when neither devices nor mounts could be read: then nothing is known. */
function describe(rawDevices: RawBlockDevices, mountinfo: Reading, rawPools: RawPools): Machine {
  if (rawDevices.listError !== undefined && mountinfo.outcome !== "ok") throw rawDevices.listError;
  const blockDevices = interpretBlockDevices(rawDevices);
  const pools = interpretPools(rawPools);
  const text = mountinfoOf(mountinfo);
  if (text instanceof AppError) return { blockDevices, pools, mounts: [], filesystems: [], incompleteBecause: text };
  const { mounts, malformed } = parseMountinfo(text);
  const filesystems = locateFilesystems(mounts, blockDevices.known, btrfsPoolsOf(rawPools.btrfs));
  return { blockDevices, pools, mounts, filesystems, incompleteBecause: malformed };
}

function mountinfoOf(reading: Reading): string | AppError {
  try {
    return requiredValue(reading);
  } catch (thrown) {
    return AppError.from(thrown, "HOST_READ_FAILED");
  }
}

function deviceSamples({ id, raw }: KnownBlockDevice): readonly Sample[] {
  if (raw.name.startsWith("loop")) return [];
  return [...ioSamples(id, raw.files["stat"]), ...pcieErrorSamples(id, raw.pcie), ...raidSamples(id, raw)];
}

function listOf(kind: SubjectKind, incompleteBecause: AppError | undefined): Payload["lists"][number] {
  return incompleteBecause === undefined ? completeList(kind) : incompleteList(kind, incompleteBecause);
}
