/**
 * Folders in which Longhorn keeps replicas. Source: longhorn-disk.cfg in them, JSON with diskName, diskUUID and diskDriver: the one lasting link
 * between an entry of status.diskStatus in Longhorn's node object and a place on this machine (longhorn-manager, util.go).
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { errnoOf } from "../../../host/host-error.ts";
import { type Reading, readFile, readLink, requiredValue } from "../../../host/reading.ts";
import { failedSubject, okSubject } from "../../../payload.ts";
import { limitId } from "../block/identity.ts";
import { malformed } from "../malformed.ts";
import { filesystemAt } from "../mounts/filesystem-at.ts";
import type { FilesystemAnswers } from "../mounts/filesystem-subject.ts";
import type { LocatedFilesystem } from "../mounts/locate-filesystems.ts";
import type { Mount } from "../mounts/mountinfo.ts";
import { printable } from "../printable.ts";
import type { Section } from "../section.ts";

/** What is read. */
export interface RawLonghorn {
  /** Where /var/lib/longhorn leads. Absent: Longhorn, which keeps its programs there on each of its nodes, is not on this machine. */
  readonly home: Reading;
  /** longhorn-disk.cfg in the home and in the mount points of local filesystems, in this order; those that are not there are left out. */
  readonly configs: readonly { readonly folder: string; readonly config: Reading }[];
  /** Why a mount point was not looked at. */
  readonly leftOutBecause: AppError | undefined;
}

/** All of the machine. */
export interface LonghornDisks {
  readonly sections: readonly Section[];
  /** Why one may be missing here. */
  readonly incompleteBecause: AppError | undefined;
}

const homeFolder = "/var/lib/longhorn";
const configName = "longhorn-disk.cfg";
const maximumConfigBytes = 64 * 1024;

/**
 * Looks for Longhorn's disks, one folder after the other. Reading a file may hang where the disk below it does: a filesystem that did not tell its
 * usage is left out, and after a read that hangs the rest waits for the next run, so that no more than one call hangs for this question.
 */
export async function readLonghorn(
  host: Host,
  filesystems: readonly LocatedFilesystem[],
  usages: FilesystemAnswers["usages"],
  signal: AbortSignal,
): Promise<RawLonghorn> {
  const home = await readLink(host, homeFolder);
  if (home.outcome !== "ok") return { home, configs: [], leftOutBecause: undefined };
  const folders = filesystems.filter(({ isRemote, mountPoint }) => !isRemote && mountPoint !== home.value);
  const configs: { folder: string; config: Reading }[] = [];
  let leftOutBecause: AppError | undefined;
  for (const folder of [homeFolder, ...folders.map(({ mountPoint }) => mountPoint)]) {
    signal.throwIfAborted();
    const usage = usages.get(folder);
    if (usage instanceof AppError) {
      leftOutBecause ??= usage;
      continue;
    }
    const path = folder === "/" ? `/${configName}` : `${folder}/${configName}`;
    const config = await readFile(host, path, { maximumBytes: maximumConfigBytes });
    if (config.outcome !== "absent") configs.push({ folder, config });
    if (config.outcome === "failed" && hangs(config.error)) return { home, configs, leftOutBecause: config.error };
  }
  return { home, configs, leftOutBecause };
}

/** Each with the filesystem that it lies on. A folder that is seen under two paths is told once, by the first. */
export function interpretLonghorn(
  { home, configs, leftOutBecause }: RawLonghorn,
  mounts: readonly Mount[],
  filesystems: readonly LocatedFilesystem[],
): LonghornDisks {
  const told = new Set<string>();
  const sections: Section[] = [];
  for (const { folder, config } of configs) {
    const place = folder === homeFolder && home.outcome === "ok" ? home.value : folder;
    const filesystem = filesystemAt(place, mounts, filesystems);
    try {
      const diskUuid = diskUuidOf(config);
      const key = `${diskUuid} ${filesystem?.mountPoint}`;
      if (diskUuid !== "" && told.has(key)) continue;
      told.add(key);
      const value = {
        diskUuid,
        mountPoint: filesystem === undefined ? "" : limitId(filesystem.mountPoint),
        physicalBlockDeviceIds: [...(filesystem?.physicalIds ?? [])],
        isMountPoint: mounts.some(({ mountPoint }) => mountPoint === place),
      };
      sections.push({ subject: okSubject("longhorn_disk", limitId(folder), value), samples: [] });
    } catch (thrown) {
      sections.push({ subject: failedSubject("longhorn_disk", limitId(folder), AppError.from(thrown)), samples: [] });
    }
  }
  return { sections, incompleteBecause: leftOutBecause ?? (home.outcome === "failed" ? home.error : undefined) };
}

/** Empty where the file, an object of JSON, does not say it. */
function diskUuidOf(config: Reading): string {
  const text = requiredValue(config);
  const document = parsed(config.path, text);
  const diskUuid = typeof document === "object" && document !== null && "diskUUID" in document ? document.diskUUID : "";
  if (typeof diskUuid !== "string") throw malformed(config.path, "diskUUID is no text", JSON.stringify(diskUuid));
  return printable(diskUuid.trim(), 64);
}

function parsed(path: string, text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null && !Array.isArray(document)) return document;
  } catch {
    // Said below, with the text: what JSON.parse says of it is of no help.
  }
  throw malformed(path, "no object of JSON", text);
}

/** The host gave up waiting, or still waits for an earlier call: everything that the kernel itself answers has an errno. */
export function hangs(error: AppError): boolean {
  return error.code === "HOST_QUARANTINED" || (error.code === "HOST_READ_FAILED" && errnoOf(error) === undefined);
}
