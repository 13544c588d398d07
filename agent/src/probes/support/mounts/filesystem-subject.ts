/** A filesystem as subject and samples. Pure. */
import type { Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { FilesystemUsage } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import { failedSubject, okSubject, type Sample } from "../../../payload.ts";
import { integerOf } from "../block/file-values.ts";
import { limitId } from "../block/identity.ts";
import { printable } from "../printable.ts";
import type { LocatedFilesystem } from "./locate-filesystems.ts";

/** What was asked of a filesystem. */
export interface FilesystemAnswers {
  /** By mount point. */
  readonly usages: ReadonlyMap<string, FilesystemUsage | AppError>;
  /** By mount point: /sys/fs/ext4/<device>/errors_count. */
  readonly errorCounts: ReadonlyMap<string, Reading>;
}

/** The facts; failed where its usage could not be told. */
export function filesystemSubject(filesystem: LocatedFilesystem, { usages }: FilesystemAnswers): Subject {
  const { mountPoint, location } = filesystem;
  const usage = usages.get(mountPoint);
  if (usage instanceof AppError) return failedSubject("filesystem", limitId(mountPoint), usage);
  return okSubject("filesystem", limitId(mountPoint), {
    mountPoint: printable(mountPoint, 1024),
    source: printable(filesystem.source, 1024),
    type: printable(filesystem.type, 64),
    blockDeviceId: location?.device.id ?? "",
    deviceName: location?.name ?? "",
    isReadOnly: filesystem.isReadOnly,
    sizeBytes: usage === undefined ? undefined : BigInt(usage.sizeBytes),
    inodesTotal: usage === undefined ? undefined : BigInt(usage.inodesTotal),
    isRemote: filesystem.isRemote,
    physicalBlockDeviceIds: [...filesystem.physicalIds],
    hasFallenReadOnly: filesystem.hasFallenReadOnly,
    uuid: filesystem.uuid,
    label: filesystem.label,
  });
}

/** Usage, where it could be told, and of ext4 its errors. */
export function filesystemSamples({ mountPoint }: LocatedFilesystem, answers: FilesystemAnswers): readonly Sample[] {
  const usage = answers.usages.get(mountPoint);
  if (usage instanceof AppError) return [];
  const errors = answers.errorCounts.get(mountPoint);
  const values = {
    ...(usage === undefined ? {} : usageValues(usage)),
    ...(errors === undefined || errors.outcome === "absent" ? {} : { errors_total: integerOf(errors, 0, 2 ** 32) }),
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "filesystem", id: limitId(mountPoint), name, value }));
}

function usageValues(usage: FilesystemUsage): Readonly<Record<string, number | undefined>> {
  const hasInodes = usage.inodesTotal > 0; // btrfs makes them as needed and says 0
  return {
    used_bytes: usage.sizeBytes - usage.freeBytes,
    free_bytes: usage.freeBytes,
    available_bytes: usage.availableBytes,
    inodes_used: hasInodes ? usage.inodesTotal - usage.inodesFree : undefined,
    inodes_free: hasInodes ? usage.inodesFree : undefined,
  };
}
