import { describe, expect, it } from "vitest";
import { missingForRecordings, recordings } from "../../test-support/recordings.ts";
import { parseMountinfo } from "./mountinfo.ts";
import { selectFilesystems } from "./select-filesystems.ts";

const root = "29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw";

function select(...lines: readonly string[]): ReturnType<typeof selectFilesystems> {
  return selectFilesystems(parseMountinfo([root, ...lines].join("\n")).mounts).filter(({ mountPoint }) => mountPoint !== "/");
}

describe("selectFilesystems", () => {
  it("lists a filesystem that is mounted several times once, under its shortest mount point", () => {
    const filesystems = select(
      "31 29 8:1 /sub /var/lib/longhorn rw - ext4 /dev/sda1 rw",
      "32 29 8:1 / /data rw - ext4 /dev/sda1 rw",
      "33 29 8:1 /sub/x /var/lib/kubelet/pods/1/volume-subpaths/x/y/0 rw - ext4 /dev/sda1 rw",
    );

    expect(filesystems).toEqual([
      {
        mountPoint: "/data",
        source: "/dev/sda1",
        type: "ext4",
        dev: "8:1",
        isReadOnly: false,
        hasFallenReadOnly: false,
        isRemote: false,
      },
    ]);
  });

  it("lists the subvolumes of one btrfs once", () => {
    const filesystems = select(
      "31 29 0:40 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home",
      "32 29 0:40 /@var /var/log rw - btrfs /dev/sda2 rw,subvol=/@var",
    );

    expect(filesystems).toMatchObject([{ mountPoint: "/home", isRemote: false }]);
  });

  it.each([
    "proc",
    "sysfs",
    "cgroup2",
    "tmpfs",
    "devtmpfs",
    "overlay",
    "squashfs",
    "autofs",
    "nsfs",
    "fuse.lxcfs",
    "fuse.gvfsd-fuse",
  ])("does not list %s", (type) => {
    expect(select(`31 29 0:31 / /x rw - ${type} ${type} rw`)).toEqual([]);
  });

  it.each([
    { type: "nfs4", source: "nas:/export" },
    { type: "cifs", source: "//nas/share" },
    { type: "ceph", source: "10.0.0.1:/" },
    { type: "9p", source: "host" },
    { type: "fuse.sshfs", source: "me@nas:/" },
    { type: "fuse.rclone", source: "remote:" },
    { type: "somethingnew", source: "x" },
  ])("lists $type as remote", ({ type, source }) => {
    expect(select(`31 29 0:31 / /x rw - ${type} ${source} rw`)).toMatchObject([
      { mountPoint: "/x", type, source, isRemote: true },
    ]);
  });

  it("lists NTFS by FUSE as remote, though it lies on a disk of ours", () => {
    expect(select("31 29 8:17 / /mnt/usb rw - fuseblk /dev/sdb1 rw")).toMatchObject([{ dev: "8:17", isRemote: true }]);
  });

  it.each(["zfs", "btrfs", "bcachefs"])("lists %s as local, though it has no block device number", (type) => {
    expect(select(`31 29 0:31 / /x rw - ${type} tank/data rw`)).toMatchObject([{ isRemote: false }]);
  });

  it("lists a CSI volume as remote though its type is local, under the mount point that outlives its pods", () => {
    const filesystems = select(
      "31 29 8:48 / /var/lib/kubelet/plugins/kubernetes.io/csi/driver.longhorn.io/abc/globalmount rw - ext4 /dev/longhorn/pvc-1 rw",
      "32 29 8:48 / /var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/pvc-1/mount rw - ext4 /dev/longhorn/pvc-1 rw",
    );

    expect(filesystems).toMatchObject([
      { mountPoint: "/var/lib/kubelet/plugins/kubernetes.io/csi/driver.longhorn.io/abc/globalmount", isRemote: true },
    ]);
  });

  it("lists a disk as local though a pod uses a folder of it as a volume", () => {
    const filesystems = select(
      "31 29 8:1 / /data rw - ext4 /dev/sda1 rw",
      "32 29 8:1 /x /var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/x/mount rw - ext4 /dev/sda1 rw",
    );

    expect(filesystems).toMatchObject([{ mountPoint: "/data", isRemote: false }]);
  });

  it("keeps exports of one server apart", () => {
    const filesystems = select("31 29 0:50 /a /mnt/a rw - nfs4 nas:/a rw", "32 29 0:50 /b /mnt/b rw - nfs4 nas:/b rw");

    expect(filesystems.map(({ mountPoint }) => mountPoint)).toEqual(["/mnt/a", "/mnt/b"]);
  });

  it("leaves out a filesystem that a later mount on its folder hides", () => {
    const filesystems = select("31 29 8:1 / /data rw - ext4 /dev/sda1 rw", "32 31 8:2 / /data rw - ext4 /dev/sda2 rw");

    expect(filesystems).toMatchObject([{ mountPoint: "/data", dev: "8:2" }]);
  });

  it("leaves out a filesystem that a later mount above it hides, and shows it where it is mounted elsewhere", () => {
    const hidden = "31 29 8:1 / /a/b rw - ext4 /dev/sda1 rw";
    const above = "32 29 8:2 / /a rw - ext4 /dev/sda2 rw";

    expect(select(hidden, above).map(({ mountPoint }) => mountPoint)).toEqual(["/a"]);
    expect(select(hidden, above, "33 29 8:1 / /longer/path rw - ext4 /dev/sda1 rw").map(({ mountPoint }) => mountPoint)).toEqual([
      "/a",
      "/longer/path",
    ]);
  });

  it("lists a filesystem below another that was mounted later but carries it", () => {
    // After the switch to the real root, /boot's mount is older than the root that it now lies in.
    const filesystems = selectFilesystems(parseMountinfo(`22 29 8:1 / /boot rw - ext4 /dev/sda1 rw\n${root}`).mounts);

    expect(filesystems.map(({ mountPoint }) => mountPoint)).toEqual(["/", "/boot"]);
  });

  it("says read-only only where every mount of the filesystem is", () => {
    const bind = "32 29 8:1 / /bind ro - ext4 /dev/sda1 rw";

    expect(select("31 29 8:1 / /data rw - ext4 /dev/sda1 rw", bind)).toMatchObject([{ isReadOnly: false }]);
    expect(select("31 29 8:1 / /data rw - ext4 /dev/sda1 ro", bind)).toMatchObject([{ isReadOnly: true }]);
  });
});

const missing = missingForRecordings();

describe.skipIf(missing !== undefined)(
  `filesystems of recorded machines${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    it.each([
      { name: "util-linux__mountinfo.txt", local: 3, remote: 1 },
      { name: "gpud__mountinfo.txt", local: 7, remote: 3 },
      { name: "node_exporter__proc_1_mountinfo.txt", local: 4, remote: 0 },
    ])("are those of $name", ({ name, local, remote }) => {
      const text = recordings("proc", name)[0]?.text ?? "";

      const filesystems = selectFilesystems(parseMountinfo(text).mounts);

      const points = (isRemote: boolean): readonly string[] =>
        filesystems.filter((each) => each.isRemote === isRemote).map(({ mountPoint }) => mountPoint);
      expect(points(false)).toEqual(shortestPoints(text, /^(?:ext[234]|xfs)$/));
      expect(points(true)).toEqual(shortestPoints(text, /^(?:cifs|fuse\.testfs)$/));
      expect([points(false).length, points(true).length]).toEqual([local, remote]);
    });
  },
);

/** By the words of each line alone: the shortest mount point (the first by alphabet) of each device number, of filesystems of some types. */
function shortestPoints(text: string, types: RegExp): readonly string[] {
  const points = new Map<string, string>();
  for (const words of text.split("\n").map((line) => line.split(" "))) {
    const [dev = "", point = ""] = [words[2], words[4]?.replaceAll("\\011", "\t").replaceAll("\\040", " ")];
    if (!types.test(words[words.indexOf("-") + 1] ?? "")) continue;
    const candidates = [points.get(dev) ?? point, point].sort().sort((a, b) => a.length - b.length);
    points.set(dev, candidates[0] ?? point);
  }
  return [...points.values()].toSorted();
}

describe("a filesystem that has fallen read-only", () => {
  it("is one of ours that was mounted to be written", () => {
    const fallen = select(
      "31 29 8:1 / /data rw - ext4 /dev/sda1 ro",
      "32 29 8:2 / /calm rw - ext4 /dev/sda2 rw",
      "33 29 8:3 / /archive ro - ext4 /dev/sda3 ro",
      "34 29 8:4 / /mac rw - hfsplus /dev/sda4 ro",
      "35 29 0:50 / /nas rw - nfs4 nas:/x ro",
    );

    expect(fallen.filter(({ hasFallenReadOnly }) => hasFallenReadOnly).map(({ mountPoint }) => mountPoint)).toEqual(["/data"]);
  });

  it("is none that someone made read-only, whose bind mounts stayed as they were", () => {
    const [data] = select("31 29 8:1 / /data ro - ext4 /dev/sda1 ro", "32 29 8:1 /sub /var/lib/sub rw - ext4 /dev/sda1 ro");

    expect(data).toMatchObject({ mountPoint: "/data", isReadOnly: true, hasFallenReadOnly: false });
  });

  it("is a CSI volume too, since its filesystem is the kernel's own", () => {
    const csi = "/var/lib/kubelet/plugins/kubernetes.io/csi/driver.longhorn.io/abc/globalmount";

    expect(select(`31 29 8:48 / ${csi} rw - ext4 /dev/longhorn/pvc-1 rw,emergency_ro`)).toMatchObject([
      { isRemote: true, hasFallenReadOnly: true },
    ]);
  });
});
