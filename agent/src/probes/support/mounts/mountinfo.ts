/** /proc/<pid>/mountinfo, see proc_pid_mountinfo(5): which filesystem is mounted where. */
import { AppError } from "@nodekeeper/shared";

/** One line of mountinfo. */
export interface Mount {
  readonly id: number;
  /** The mount that this one lies in. */
  readonly parentId: number;
  /** major:minor of the filesystem; the major number is 0 where no block device stands behind it. */
  readonly dev: string;
  /** The folder of the filesystem that is seen here: "/" unless it is a bind mount or a subvolume. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** True when this mount or the filesystem itself refuses writes. */
  readonly isReadOnly: boolean;
  /**
   * True when the mount would take writes and the filesystem refuses them: whoever mounts read-only makes both so, and only the filesystem
   * is when the kernel found an error (`errors=remount-ro`, a forced shutdown).
   */
  readonly isRefusedByFilesystem: boolean;
}

/** All mounts, in the kernel's order. */
export interface Mountinfo {
  readonly mounts: readonly Mount[];
  /** The first line that could not be understood; then a mount may be missing here. */
  readonly malformed: AppError | undefined;
}

/** Reads mountinfo. A line that is not as documented is left out, and said. */
export function parseMountinfo(text: string): Mountinfo {
  const mounts: Mount[] = [];
  let malformed: AppError | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const mount = parseLine(line);
    if (mount !== undefined) mounts.push(mount);
    else malformed ??= new AppError("HOST_ANSWER_MALFORMED", `line ${index + 1} of /proc/1/mountinfo is not in the known form`);
  }
  if (mounts.length === 0) malformed ??= new AppError("HOST_ANSWER_MALFORMED", "/proc/1/mountinfo lists no mount at all");
  return { mounts, malformed };
}

const readOnly = /(?:^|,)ro(?:,|$)/;
/** Options of a filesystem that takes no writes; since Linux 6.15 ext4 says the last two after an error, and keeps its `rw`. */
const refusal = /(?:^|,)(?:ro|emergency_ro|shutdown)(?:,|$)/;

function parseLine(line: string): Mount | undefined {
  const fields = line.split(" ");
  // Optional fields (shared:1, master:2 …) stand before a lone hyphen, none or many.
  const separator = fields.indexOf("-", 6);
  const [id, parentId, dev, root, mountPoint, options] = fields;
  const [type, source, superOptions] = [fields[separator + 1], fields[separator + 2], fields[separator + 3]];
  if (separator < 0 || !isNumber(id) || !isNumber(parentId) || dev === undefined || !/^\d+:\d+$/.test(dev)) return undefined;
  if (root === undefined || mountPoint?.startsWith("/") !== true || options === undefined) return undefined;
  if (type === undefined || type === "" || source === undefined) return undefined;
  const isMountReadOnly = readOnly.test(options);
  const isRefused = refusal.test(superOptions ?? "");
  return {
    id: Number(id),
    parentId: Number(parentId),
    dev,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    type,
    source: unescapeOctal(source),
    isReadOnly: isMountReadOnly || isRefused,
    isRefusedByFilesystem: isRefused && !isMountReadOnly,
  };
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text);
}

/** The kernel writes space, tab, newline, backslash and hash as \ooo. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8) & 0xff));
}
