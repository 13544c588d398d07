/** Which types of filesystem are none of ours, which may wait for another machine or program, and why. */

const kernelInterface = "an interface of the kernel, not storage";
const memory = "memory, which the probe of the system reports";
const image = "an image that is full by construction and cannot be written";
const view = "a view of other filesystems, which are listed themselves";
const session = "a view that a desktop session or container runtime makes for one user or container";

/** Types that are not listed, each with the reason. */
const pseudoTypes: Readonly<Record<string, string>> = {
  proc: kernelInterface,
  sysfs: kernelInterface,
  cgroup: kernelInterface,
  cgroup2: kernelInterface,
  cpuset: kernelInterface,
  resctrl: kernelInterface,
  devpts: kernelInterface,
  mqueue: kernelInterface,
  hugetlbfs: kernelInterface,
  debugfs: kernelInterface,
  tracefs: kernelInterface,
  securityfs: kernelInterface,
  selinuxfs: kernelInterface,
  smackfs: kernelInterface,
  configfs: kernelInterface,
  pstore: kernelInterface,
  efivarfs: kernelInterface,
  bpf: kernelInterface,
  binfmt_misc: kernelInterface,
  fusectl: kernelInterface,
  rpc_pipefs: kernelInterface,
  nfsd: kernelInterface,
  nsfs: kernelInterface,
  pidfs: kernelInterface,
  sockfs: kernelInterface,
  pipefs: kernelInterface,
  usbfs: kernelInterface,
  functionfs: kernelInterface,
  xenfs: kernelInterface,
  autofs: "a trigger: looking at it would mount something",
  devtmpfs: memory,
  tmpfs: memory,
  ramfs: memory,
  rootfs: memory,
  squashfs: image,
  erofs: image,
  iso9660: image,
  cramfs: image,
  romfs: image,
  "fuse.snapfuse": image,
  "fuse.squashfuse": image,
  overlay: view,
  aufs: view,
  "fuse.fuse-overlayfs": view,
  "fuse.mergerfs": view,
  ecryptfs: view,
  "fuse.lxcfs": session,
  "fuse.gvfsd-fuse": session,
  "fuse.gvfs-fuse-daemon": session,
  "fuse.portal": session,
};

/** Types that another machine, a cluster or the host of a virtual machine answers for. */
const remoteTypes: ReadonlySet<string> = new Set([
  ...[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "coda",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "gpfs",
    "pvfs2",
    "orangefs",
  ],
  ...["9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs"],
  ...["ocfs2", "gfs2"],
]);

/** Types of this kernel and its own disks that nevertheless have no block device number of their own. */
const localTypesWithoutDevice: ReadonlySet<string> = new Set(["btrfs", "zfs", "bcachefs", "ubifs", "jffs2"]);

/** Types whose drivers make a filesystem read-only as they mount it, for what it is and not for an error: a medium, a foreign journal. */
const readOnlyByNature: ReadonlySet<string> = new Set(["udf", "hfs", "hfsplus", "ntfs", "ufs", "affs", "befs"]);

/** Why a filesystem of this type is not listed; undefined where it is. */
export function whyPseudo(type: string): string | undefined {
  return Object.hasOwn(pseudoTypes, type) ? pseudoTypes[type] : undefined;
}

/**
 * True for a type whose usage may have to be waited for: a network, a FUSE program, and any type without a block device that is not known
 * to be local.
 */
export function isRemoteType(type: string, dev: string): boolean {
  if (remoteTypes.has(type) || type === "fuse" || type === "fuseblk" || type.startsWith("fuse.")) return true;
  return dev.startsWith("0:") && !localTypesWithoutDevice.has(type);
}

/** True for a type of our own disks of which read-only against the mount's own wish means an error. */
export function fallsReadOnly(type: string, dev: string): boolean {
  return !isRemoteType(type, dev) && !readOnlyByNature.has(type);
}
