/** The kernel takes a filesystem away from those who write. */
import { dayMs, type Fault, hourMs, minuteMs } from "../fault.ts";
import { addHardDisk, remount } from "../parts/hard-disk.ts";

export const filesystemReadOnly: Fault = {
  name: "filesystem-read-only",
  title: "ext4 finds an error on a disk, and the kernel makes the filesystem read-only",
  source: "fs/ext4/super.c of Linux, errors=remount-ro; node-problem-detector's ReadonlyFilesystem",
  machine: "neko",
  probes: ["disks", "kernel-log"],
  prepare: addHardDisk,
  acts: [
    {
      what: "EXT4-fs error; /mnt/data rw → ro",
      async change(scene) {
        scene.kernel("EXT4-fs error (device sda): ext4_find_entry:1455: inode #2: comm nginx: reading directory lblock 0", 2);
        scene.kernel("EXT4-fs (sda): Remounting filesystem read-only", 2);
        await remount(scene, "ro");
      },
    },
  ],
  comes: [
    {
      rule: "filesystem-read-only",
      subject: "filesystem",
      severity: "high",
      text: /made read-only by the kernel/,
      withinMs: 2 * minuteMs,
    },
    {
      ...{ rule: "kernel-fault", subject: "kernel_fault", severity: "high", withinMs: minuteMs },
      ...{ text: /sda\): a filesystem is damaged/, because: "filesystem-read-only" },
    },
    {
      ...{ rule: "kernel-fault", subject: "kernel_fault", severity: "high", withinMs: minuteMs },
      ...{ text: /takes no more writes/, because: "filesystem-read-only" },
    },
  ],
  conditions: { DiskHealthy: "False" },
  mended: { what: "it is checked and mounted again; a day passes", change: (scene) => remount(scene, "rw") },
  overWithinMs: dayMs + 4 * hourMs,
};
