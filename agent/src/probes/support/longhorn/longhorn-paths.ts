/**
 * Folders of Longhorn of which something is wrong: the filesystem that belongs there is not mounted. Longhorn then takes what it finds in the folder
 * for its disk, and fills the root filesystem. Sources: /etc/fstab, /proc/1/mountinfo, longhorn-disk.cfg and replicas/ in the folders (Longhorn's
 * own file and folder, longhorn-manager, util/util.go), and what an earlier run of this agent knew.
 *
 * What the probe `disks` tells as longhorn_disk (which folder is a disk, on which filesystem) is not told again: only what is wrong.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames, requiredValue } from "../../../host/reading.ts";
import { limitId } from "../block/identity.ts";
import { isRemoteType, whyPseudo } from "../mounts/filesystem-types.ts";
import { type FstabEntry, keepFstab, parseFstab } from "../mounts/fstab.ts";
import { type Mount, parseMountinfo } from "../mounts/mountinfo.ts";
import { selectFilesystems } from "../mounts/select-filesystems.ts";
import { hangs } from "./longhorn-disks.ts";

/** What was found in a folder. */
export interface RawFolder {
  readonly path: string;
  /** longhorn-disk.cfg. */
  readonly config: Reading;
  /** Names in the folder. */
  readonly names: Reading<readonly string[]>;
}

/** What is read. */
export interface RawLonghornPaths {
  /** Undefined where not all of them are known: then nothing can be said to be unmounted. */
  readonly mounts: readonly Mount[] | undefined;
  /** Why a problem may be missing here. */
  readonly incompleteBecause: AppError | undefined;
  readonly fstab: Reading;
  /** Looked at: where Longhorn's disks may be, are or were. */
  readonly folders: readonly RawFolder[];
  /** Folders that held Longhorn's file in an earlier run. */
  readonly known: readonly string[];
}

/** One folder of which something is wrong. */
export interface PathProblem {
  readonly path: string;
  readonly problem: "unmounted" | "on-root-filesystem" | "empty";
  readonly message: string;
  readonly remedy: string;
  readonly expectedSource: string;
}

const home = "/var/lib/longhorn";
const configName = "longhorn-disk.cfg";
const maximumFolders = 64;
const maximumMountinfoBytes = 16 << 20;
const maximumConfigBytes = 64 * 1024;

/** Looks at the folders, one after the other: a read may hang where the disk below it does, and then the rest waits for the next run. */
export async function readLonghornPaths(host: Host, known: readonly string[], signal: AbortSignal): Promise<RawLonghornPaths> {
  const [mountinfo, fstab] = await Promise.all([
    readFile(host, "/proc/1/mountinfo", { maximumBytes: maximumMountinfoBytes }),
    readFile(host, "/etc/fstab", { keep: keepFstab }),
  ]);
  const { mounts, malformed } = mountsIn(mountinfo);
  const local = selectFilesystems(mounts).filter(({ isRemote }) => !isRemote);
  const meant = entriesOf(fstab).map(({ mountPoint }) => mountPoint);
  const unmounted = meant.filter((path) => !isMounted(path, mounts));
  const paths = [...new Set([home, ...known, ...unmounted, ...local.map(({ mountPoint }) => mountPoint)])];
  const folders: RawFolder[] = [];
  let incompleteBecause = malformed ?? (fstab.outcome === "failed" ? fstab.error : tooMany(paths.length));
  for (const path of paths.slice(0, maximumFolders)) {
    signal.throwIfAborted();
    const folder = await readFolder(host, path, unmounted.includes(path));
    folders.push(folder);
    const { config } = folder;
    if (config.outcome !== "failed" || !hangs(config.error)) continue;
    incompleteBecause ??= config.error;
    break;
  }
  return { mounts: malformed === undefined ? mounts : undefined, incompleteBecause, fstab, folders, known };
}

/** Folders that hold Longhorn's file now; one that did and cannot be read is not forgotten. */
export function diskFolders({ folders, known }: RawLonghornPaths): readonly string[] {
  return folders
    .filter(({ path, config }) => config.outcome === "ok" || (config.outcome === "failed" && known.includes(path)))
    .map(({ path }) => limitId(path))
    .toSorted();
}

/** What is wrong, each folder once. */
export function pathProblems(raw: RawLonghornPaths): readonly PathProblem[] {
  const { mounts } = raw;
  if (mounts === undefined) return [];
  const entries = new Map(entriesOf(raw.fstab).map((entry) => [entry.mountPoint, entry]));
  return raw.folders.flatMap((folder) => {
    const entry = entries.get(folder.path);
    const isThere = isMounted(folder.path, mounts);
    const found = isThere ? mountedProblem(folder, raw.known) : unmountedProblem(folder, entry, raw.known, mounts);
    return found === undefined ? [] : [{ ...found, path: folder.path, expectedSource: entry?.source ?? "" }];
  });
}

type Problem = Omit<PathProblem, "path" | "expectedSource">;

/** Mounted, and Longhorn's file was there before. */
function mountedProblem({ path, config }: RawFolder, known: readonly string[]): Problem | undefined {
  if (config.outcome !== "absent" || !known.includes(path)) return undefined;
  return {
    problem: "empty",
    message: "what is mounted there has no longhorn-disk.cfg, which was there before: it may be another filesystem",
    remedy: `findmnt ${quoted(path)}; blkid`,
  };
}

function unmountedProblem(
  { path, config, names }: RawFolder,
  entry: FstabEntry | undefined,
  known: readonly string[],
  mounts: readonly Mount[],
): Problem | undefined {
  const isData = config.outcome === "ok" || (names.outcome === "ok" && names.value.includes("replicas"));
  if (entry !== undefined && isData) {
    const below = nearestMount(path, mounts);
    return {
      problem: "on-root-filesystem",
      message: `Longhorn's data lies on the filesystem of ${below}, since what fstab says belongs there is not mounted: ${entry.source}`,
      remedy: `Disable the disk's scheduling in Longhorn, then mount ${quoted(path)}. What was written meanwhile lies below: mount --bind ${quoted(below)} /mnt`,
    };
  }
  if (entry !== undefined && (known.includes(path) || /longhorn/i.test(path))) {
    return {
      problem: "unmounted",
      message: `what fstab says belongs there is not mounted: ${entry.source}`,
      remedy: `mount ${quoted(path)}`,
    };
  }
  // In no fstab: mounted by hand or by a unit, and seen by an earlier run.
  if (entry === undefined && config.outcome === "absent" && known.includes(path)) {
    return {
      problem: "unmounted",
      message: "longhorn-disk.cfg was there before and is gone, and nothing is mounted there",
      remedy: `Mount what belongs there again, or remove the disk in Longhorn: findmnt --fstab; lsblk -f; systemctl list-units --all --type mount`,
    };
  }
  return undefined;
}

function tooMany(count: number): AppError | undefined {
  if (count <= maximumFolders) return undefined;
  return new AppError("HOST_OUTPUT_TOO_LARGE", `of ${count} folders that may be Longhorn's, ${maximumFolders} are looked into`);
}

function mountsIn(mountinfo: Reading): { readonly mounts: readonly Mount[]; readonly malformed: AppError | undefined } {
  try {
    return parseMountinfo(requiredValue(mountinfo));
  } catch (thrown) {
    return { mounts: [], malformed: AppError.from(thrown, "HOST_READ_FAILED") };
  }
}

/** Of a folder that something should be mounted on, also what lies in it. */
async function readFolder(host: Host, path: string, isMeantForMount: boolean): Promise<RawFolder> {
  const config = await readFile(host, `${path === "/" ? "" : path}/${configName}`, { maximumBytes: maximumConfigBytes });
  const isOpen = isMeantForMount && config.outcome === "absent";
  return { path, config, names: isOpen ? await readNames(host, path) : { outcome: "absent", path } };
}

/** Filesystems of this machine that fstab mounts by itself. */
function entriesOf(fstab: Reading): readonly FstabEntry[] {
  if (fstab.outcome !== "ok") return [];
  return parseFstab(fstab.value).filter(
    ({ type, mountPoint, isAutomatic }) =>
      isAutomatic && mountPoint !== "/" && type !== "swap" && whyPseudo(type) === undefined && !isRemoteType(type, "8:1"),
  );
}

function isMounted(path: string, mounts: readonly Mount[]): boolean {
  return mounts.some(({ mountPoint }) => mountPoint === path);
}

function nearestMount(path: string, mounts: readonly Mount[]): string {
  const above = mounts.map(({ mountPoint }) => mountPoint).filter((point) => point === "/" || path.startsWith(`${point}/`));
  return above.reduce((nearest, point) => (point.length > nearest.length ? point : nearest), "/");
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
