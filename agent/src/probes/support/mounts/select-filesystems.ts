/** From mounts to filesystems: each once, under the shortest mount point that leads to it. Pure. */
import { fallsReadOnly, isRemoteType, whyPseudo } from "./filesystem-types.ts";
import { isSameOrAbove } from "./is-same-or-above.ts";
import type { Mount } from "./mountinfo.ts";

/** A mounted filesystem. */
export interface MountedFilesystem {
  readonly mountPoint: string;
  readonly source: string;
  readonly type: string;
  /** major:minor, as in Mount. */
  readonly dev: string;
  /** True when every mount of it refuses writes. */
  readonly isReadOnly: boolean;
  /** True when it was mounted to be written and the kernel has made it read-only since. */
  readonly hasFallenReadOnly: boolean;
  /** True for network, FUSE and CSI mounts: asking for their usage may wait for ever. */
  readonly isRemote: boolean;
}

/** Folder of one pod: a mount point there is gone with the pod, while the volume stays. */
const podFolder = /\/kubelet\/pods\/[^/]+\//;

/** Folders of the kubelet in which CSI drivers mount volumes; the number of pods that use one does not make it another filesystem. */
const csiFolders = /\/plugins\/kubernetes\.io\/csi\/|\/volumes\/kubernetes\.io~csi\//;

/**
 * The filesystems of a machine. One that is mounted several times (bind mounts, subvolumes, containers) is listed once. Not listed are pseudo
 * filesystems (see `whyPseudo`) and filesystems of which another mount hides every mount point: nobody can reach them by a path.
 */
export function selectFilesystems(mounts: readonly Mount[]): readonly MountedFilesystem[] {
  const groups = new Map<string, Mount[]>();
  for (const mount of mounts) {
    if (whyPseudo(mount.type) !== undefined) continue;
    const key = groupKey(mount);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [mount]);
    else group.push(mount);
  }
  const order = new Map(mounts.map((mount, index) => [mount, index]));
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  const filesystems: MountedFilesystem[] = [];
  for (const group of groups.values()) {
    const shown = group.toSorted(byPreference).find((mount) => !isHidden(mount, mounts, order, byId));
    if (shown !== undefined) filesystems.push(describe(shown, group));
  }
  return filesystems.toSorted((a, b) => compare(a.mountPoint, b.mountPoint));
}

/** The shortest mount point, but one of a pod only where there is no other. */
function byPreference(a: Mount, b: Mount): number {
  const [x, y] = [a.mountPoint, b.mountPoint];
  return Number(podFolder.test(x)) - Number(podFolder.test(y)) || x.length - y.length || compare(x, y);
}

/** Exports of one NFS server share a device number with each other, but are listed apart: each may be full by itself. */
function groupKey(mount: Mount): string {
  return isRemoteType(mount.type, mount.dev) ? `${mount.dev} ${mount.type} ${mount.source}` : mount.dev;
}

function describe(shown: Mount, group: readonly Mount[]): MountedFilesystem {
  const isCsi = group.every((mount) => csiFolders.test(mount.mountPoint));
  return {
    mountPoint: shown.mountPoint,
    source: shown.source,
    type: shown.type,
    dev: shown.dev,
    isReadOnly: group.every((mount) => mount.isReadOnly),
    // By the mount that is shown: who makes that one read-only on purpose leaves its bind mounts as they are.
    hasFallenReadOnly: shown.isRefusedByFilesystem && fallsReadOnly(shown.type, shown.dev),
    isRemote: isCsi || isRemoteType(shown.type, shown.dev),
  };
}

/** A later mount on the same folder or on one above it hides a mount, unless that lies in it. */
function isHidden(
  mount: Mount,
  mounts: readonly Mount[],
  order: ReadonlyMap<Mount, number>,
  byId: ReadonlyMap<number, Mount>,
): boolean {
  const below = ancestorsOf(mount, byId);
  const later = mounts.slice((order.get(mount) ?? 0) + 1);
  return later.some((other) => isSameOrAbove(other.mountPoint, mount.mountPoint) && !below.has(other.id));
}

function ancestorsOf(mount: Mount, byId: ReadonlyMap<number, Mount>): ReadonlySet<number> {
  const ids = new Set<number>();
  for (let next = byId.get(mount.parentId); next !== undefined && !ids.has(next.id); next = byId.get(next.parentId))
    ids.add(next.id);
  return ids;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
