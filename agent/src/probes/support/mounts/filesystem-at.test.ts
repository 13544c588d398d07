import { describe, expect, it } from "vitest";
import { filesystemAt } from "./filesystem-at.ts";
import { parseMountinfo } from "./mountinfo.ts";
import { selectFilesystems } from "./select-filesystems.ts";

const { mounts } = parseMountinfo(
  [
    "29 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw",
    "30 29 8:1 / /mnt/data rw - xfs /dev/sda1 rw",
    "31 29 8:1 /longhorn /var/lib/longhorn rw - xfs /dev/sda1 rw",
    "32 29 0:50 / /run rw - tmpfs tmpfs rw",
  ].join("\n"),
);
const filesystems = selectFilesystems(mounts);

describe("filesystemAt", () => {
  it.each([
    { path: "/", at: "/" },
    { path: "/var/lib", at: "/" },
    { path: "/mnt/data", at: "/mnt/data" },
    { path: "/mnt/data/replicas", at: "/mnt/data" },
    { path: "/mnt/database", at: "/" },
    { path: "/var/lib/longhorn/replicas", at: "/mnt/data" },
    { path: "/run/longhorn", at: undefined },
  ])("leads $path to $at", ({ path, at }) => {
    expect(filesystemAt(path, mounts, filesystems)?.mountPoint).toBe(at);
  });
});
