/** From a path to the filesystem that it lies on. Pure. */
import { isSameOrAbove } from "./is-same-or-above.ts";
import type { Mount } from "./mountinfo.ts";
import type { MountedFilesystem } from "./select-filesystems.ts";

/** The filesystem of the mount that is nearest above a path without links; undefined where that one is not listed, as tmpfs. */
export function filesystemAt<Filesystem extends MountedFilesystem>(
  path: string,
  mounts: readonly Mount[],
  filesystems: readonly Filesystem[],
): Filesystem | undefined {
  let nearest: Mount | undefined;
  for (const mount of mounts) {
    // Of several on one folder the last is seen.
    if (isSameOrAbove(mount.mountPoint, path) && mount.mountPoint.length >= (nearest?.mountPoint.length ?? 0)) nearest = mount;
  }
  if (nearest === undefined) return undefined;
  const { dev, mountPoint } = nearest;
  return (
    filesystems.find((filesystem) => filesystem.mountPoint === mountPoint) ??
    filesystems.find((filesystem) => filesystem.dev === dev)
  );
}
