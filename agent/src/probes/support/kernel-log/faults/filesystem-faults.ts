/** Filesystems. Source of the texts: fs/ext4, fs/jbd2, fs/xfs, fs/btrfs and fs/fat of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

const triggers = ["disks", "smart"];

/** What filesystems say. */
export const filesystemFaults: readonly FaultKind[] = [
  {
    code: "filesystem-read-only",
    area: "filesystem",
    severity: "fault",
    meaning: "A filesystem found an error and takes no more writes.",
    triggers,
    forms: [
      {
        pattern: /^(?:EXT[234]|F2FS)-fs \((?<device>[^)\s]{1,64})\): Remounting filesystem read-only/,
        format: "Remounting filesystem read-only",
        confirmed: debianKernel,
        example: "EXT4-fs (nvme0n1p2): Remounting filesystem read-only",
        device: "nvme0n1p2",
      },
      {
        pattern: /^BTRFS info \(device (?<device>[^):\s]{1,64})[^)]{0,40}\): forced readonly/,
        format: "forced readonly",
        confirmed: debianKernel,
        example: "BTRFS info (device sda2: state EA): forced readonly",
        device: "sda2",
      },
      {
        pattern: /^FAT-fs \((?<device>[^)\s]{1,64})\): Filesystem has been set read-only/,
        format: "Filesystem has been set read-only",
        confirmed: debianKernel,
        example: "FAT-fs (mmcblk0p1): Filesystem has been set read-only",
        device: "mmcblk0p1",
      },
    ],
  },
  {
    code: "filesystem-shutdown",
    area: "filesystem",
    severity: "fault",
    meaning: "XFS stopped a filesystem: every read and write of it fails until it is mounted anew.",
    triggers,
    forms: [
      {
        pattern: /^XFS \((?<device>[^)\s]{1,64})\): .{0,300}Shutting down filesystem/,
        format: "%s (0x%x) detected at %pS (%s:%d).  Shutting down filesystem.",
        confirmed: debianKernel,
        example:
          "XFS (sdb1): Log I/O Error (0x2) detected at xlog_ioend_work+0x6e/0x90 [xfs] (fs/xfs/xfs_log.c:1377).  Shutting down filesystem.",
        device: "sdb1",
      },
      {
        pattern: /^XFS \((?<device>[^)\s]{1,64})\): Filesystem has been shut down due to log error/,
        format: "Filesystem has been shut down due to log error (0x%x).",
        confirmed: debianKernel,
        example: "XFS (dm-4): Filesystem has been shut down due to log error (0x2).",
        device: "dm-4",
      },
    ],
  },
  {
    code: "filesystem-error",
    area: "filesystem",
    severity: "fault",
    meaning: "A filesystem is damaged, or its disk gave it wrong data.",
    triggers,
    forms: [
      {
        pattern: /^EXT[234]-fs error \(device (?<device>[^)\s]{1,64})\)/,
        format: "EXT4-fs error (device %s): %s:%d: inode #%lu: comm %s: %pV",
        confirmed: debianKernel,
        example: "EXT4-fs error (device sda1): ext4_lookup:1785: inode #131074: comm ls: deleted inode referenced: 131090",
        device: "sda1",
      },
      {
        pattern: /^BTRFS: error \(device (?<device>[^):\s]{1,64})/,
        format: "BTRFS: error (device %s%s) in %s:%d: errno=%d %s",
        confirmed: debianKernel,
        example: "BTRFS: error (device sda2: state EA) in btrfs_commit_transaction:2418: errno=-5 IO failure",
        device: "sda2",
      },
      {
        pattern: /^XFS \((?<device>[^)\s]{1,64})\): (?:Metadata corruption detected at |Corruption Alert: |Internal error )/,
        format: "Metadata corruption detected at %pS, %s block 0x%llx",
        confirmed: debianKernel,
        example: "XFS (sdb1): Metadata corruption detected at xfs_agi_verify+0x48/0x180 [xfs], xfs_agi block 0x2",
        device: "sdb1",
      },
    ],
  },
  {
    code: "filesystem-io-error",
    area: "filesystem",
    severity: "fault",
    meaning: "A filesystem could not read or write its own data.",
    triggers,
    forms: [
      {
        pattern: /^EXT4-fs \((?<device>[^)\s]{1,64})\): I\/O error while writing superblock/,
        format: "I/O error while writing superblock",
        confirmed: debianKernel,
        example: "EXT4-fs (dm-0): I/O error while writing superblock",
        device: "dm-0",
      },
      {
        pattern: /^EXT4-fs warning \(device (?<device>[^)\s]{1,64})\): \w+:\d+: I\/O error -?\d+ writing to inode/,
        format: "I/O error %d writing to inode %lu starting block %llu)",
        confirmed: debianKernel,
        example: "EXT4-fs warning (device sda1): ext4_end_bio:343: I/O error 10 writing to inode 262146 starting block 1081344)",
        device: "sda1",
      },
      {
        pattern:
          /^JBD2: (?:previous )?I\/O error (?:detected for journal superblock update for|when updating journal superblock for) (?<device>[\w!-]+?)(?:-\d+|:\d+)?\./,
        format: "JBD2: I/O error when updating journal superblock for %s.",
        confirmed: debianKernel,
        example: "JBD2: I/O error when updating journal superblock for sda1-8.",
        device: "sda1",
      },
      {
        pattern: /^XFS \((?<device>[^)\s]{1,64})\): (?:metadata I\/O error|log I\/O error|log recovery .{1,40} I\/O error)/,
        format: "log I/O error %d",
        confirmed: debianKernel,
        example: 'XFS (nvme0n1p3): metadata I/O error in "xfs_trans_read_buf_map+0x1f0/0x3a0" at daddr 0x2a01 len 8 error 5',
        device: "nvme0n1p3",
      },
    ],
  },
  {
    code: "journal-aborted",
    area: "filesystem",
    severity: "fault",
    meaning: "The journal of an ext4 filesystem was given up; it becomes read-only.",
    triggers,
    forms: [
      {
        pattern: /^Aborting journal on device (?<device>[\w!-]+?)(?:-\d+|:\d+)?\./,
        format: "Aborting journal on device %s.",
        confirmed: debianKernel,
        example: "Aborting journal on device nvme0n1p2-8.",
        device: "nvme0n1p2",
      },
    ],
  },
  {
    code: "filesystem-errors-recorded",
    area: "filesystem",
    severity: "warning",
    meaning: "A filesystem remembers errors of earlier; a check (fsck) is due.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^EXT4-fs \((?<device>[^)\s]{1,64})\): error count since last fsck: \d+/,
        format: "error count since last fsck: %u",
        confirmed: debianKernel,
        example: "EXT4-fs (sda1): error count since last fsck: 3",
        device: "sda1",
      },
      {
        pattern: /^FAT-fs \((?<device>[^)\s]{1,64})\): Volume was not properly unmounted/,
        format: "Volume was not properly unmounted. Some data may be corrupt. Please run fsck.",
        confirmed: debianKernel,
        example: "FAT-fs (mmcblk0p1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.",
        device: "mmcblk0p1",
      },
    ],
  },
  {
    code: "btrfs-checksum-failed",
    area: "filesystem",
    severity: "warning",
    meaning: "btrfs read data that is not what was written; a good copy is used where there is one.",
    triggers,
    forms: [
      {
        pattern: /^BTRFS (?:warning|error) \(device (?<device>[^):\s]{1,64})[^)]{0,40}\): csum failed /,
        format: "csum failed root %lld ino %lld off %llu csum 0x%*phN expected csum 0x%*phN mirror %d",
        confirmed: debianKernel,
        example:
          "BTRFS warning (device sda2): csum failed root 5 ino 257 off 0 csum 0x98f94189 expected csum 0x94fb8c4b mirror 1",
        device: "sda2",
      },
    ],
  },
  {
    code: "btrfs-device-errors",
    area: "filesystem",
    severity: "warning",
    meaning: "btrfs counts an error of one of its devices.",
    triggers,
    forms: [
      {
        pattern: /^BTRFS error \(device [^)]{1,100}\): bdev (?:\/dev\/)?(?<device>[\w!/-]{1,64}) errs: wr \d/,
        format: "bdev %s errs: wr %u, rd %u, flush %u, corrupt %u, gen %u",
        confirmed: debianKernel,
        example: "BTRFS error (device sda2): bdev /dev/sdb2 errs: wr 0, rd 5, flush 0, corrupt 0, gen 0",
        device: "sdb2",
      },
    ],
  },
];
