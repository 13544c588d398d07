/** md arrays and device-mapper. Source of the texts: drivers/md of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

const triggers = ["disks", "smart"];

/** What arrays and mappings say. */
export const raidFaults: readonly FaultKind[] = [
  {
    code: "raid-disk-failed",
    area: "raid",
    severity: "fault",
    meaning: "An array threw out one of its disks.",
    triggers,
    forms: [
      {
        pattern: /^md\/raid\d*:?[^:\s]{0,64}:\s?Disk failure on (?<device>[\w!-]{1,64}), disabling device/,
        format: "md/raid1:%s: Disk failure on %pg, disabling device.",
        confirmed: debianKernel,
        example: "md/raid1:md0: Disk failure on sdb1, disabling device.",
        device: "sdb1",
      },
      {
        pattern: /^md\/raid\d*:?[^:\s]{0,64}:\s?Disk failure on (?<device>[\w!-]{1,64}) detected, failing array/,
        format: "md/raid0%s: Disk failure on %pg detected, failing array.",
        confirmed: debianKernel,
        example: "md/raid0:md1: Disk failure on sdc detected, failing array.",
        device: "sdc",
      },
      {
        pattern: /^md\/raid\d*:[^:\s]{1,64}: Too many read errors, failing device (?<device>[\w!-]{1,64})\./,
        format: "md/raid:%s: Too many read errors, failing device %pg.",
        confirmed: debianKernel,
        example: "md/raid:md0: Too many read errors, failing device sdd1.",
        device: "sdd1",
      },
    ],
  },
  {
    code: "raid-array-failed",
    area: "raid",
    severity: "fault",
    meaning: "An array has lost more disks than it can bear.",
    triggers,
    forms: [
      {
        pattern: /^md\/raid\d*:(?<device>[^:\s]{1,64}): (?:Cannot continue operation|not enough operational (?:devices|mirrors))/,
        format: "md/raid:%s: Cannot continue operation (%d/%d failed).",
        confirmed: debianKernel,
        example: "md/raid:md0: Cannot continue operation (2/3 failed).",
        device: "md0",
      },
      {
        pattern: /^md\/raid\d*:(?<device>[^:\s]{1,64}): \S{1,64}: unrecoverable I\/O read error for block/,
        format: "md/raid1:%s: %s: unrecoverable I/O read error for block %llu",
        confirmed: debianKernel,
        example: "md/raid1:md0: sda1: unrecoverable I/O read error for block 8192",
        device: "md0",
      },
    ],
  },
  {
    code: "raid-read-error",
    area: "raid",
    severity: "fault",
    meaning: "An array could not mend a sector of one of its disks.",
    triggers,
    forms: [
      {
        pattern:
          /^md\/raid\d*:[^:\s]{1,64}: read error (?:NOT corrected|not correctable|on replacement device).{0,60} on (?<device>[\w!-]{1,64})\)/,
        format: "md/raid:%s: read error NOT corrected!! (sector %llu on %pg).",
        confirmed: debianKernel,
        example: "md/raid:md0: read error NOT corrected!! (sector 123456 on sdb1).",
        device: "sdb1",
      },
    ],
  },
  {
    code: "raid-read-error-corrected",
    area: "raid",
    severity: "warning",
    meaning: "An array mended a sector of one of its disks from the others.",
    triggers,
    forms: [
      {
        pattern: /^md\/raid\d*:[^:\s]{1,64}: read error corrected \(\d+ sectors at \d+ on (?<device>[\w!-]{1,64})\)/,
        format: "md/raid1:%s: read error corrected (%d sectors at %llu on %pg)",
        confirmed: debianKernel,
        example: "md/raid1:md0: read error corrected (8 sectors at 2048 on sda1)",
        device: "sda1",
      },
    ],
  },
  {
    code: "multipath-path-failed",
    area: "raid",
    severity: "warning",
    meaning: "One of several ways to a disk failed.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^device-mapper: multipath: (?<device>[^\s:]{1,40}(?::\d+)?): Failing path \S/,
        format: "device-mapper: multipath: %s: Failing path %s.",
        confirmed: debianKernel,
        example: "device-mapper: multipath: 253:1: Failing path 8:16.",
        device: "253:1",
      },
    ],
  },
  {
    code: "thin-pool-degraded",
    area: "raid",
    severity: "fault",
    meaning: "A thin pool is out of space, read-only, or failed.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^device-mapper: thin: (?<device>[^\s:]{1,40}(?::\d+)?): switching pool to (?:out-of-data-space|read-only|fail)/,
        format: "device-mapper: thin: %s: switching pool to %s%s mode",
        confirmed: debianKernel,
        example: "device-mapper: thin: 253:4: switching pool to out-of-data-space (queue IO) mode",
        device: "253:4",
      },
    ],
  },
  {
    code: "block-checksum-failed",
    area: "raid",
    severity: "fault",
    meaning: "A disk gave back data that is not what was written (dm-integrity, dm-verity).",
    triggers,
    forms: [
      {
        pattern: /^device-mapper: integrity: (?<device>[\w!-]{1,64}): Checksum failed at sector/,
        format: "device-mapper: integrity: %pg: Checksum failed at sector 0x%llx",
        confirmed: debianKernel,
        example: "device-mapper: integrity: dm-2: Checksum failed at sector 0x1f40",
        device: "dm-2",
      },
      {
        pattern: /^device-mapper: verity: (?<device>[^\s:]{1,40}(?::\d+)?): (?:data|metadata) block \d+ is corrupted/,
        format: "device-mapper: verity: %s: %s block %llu is corrupted",
        confirmed: debianKernel,
        example: "device-mapper: verity: 8:2: data block 4711 is corrupted",
        device: "8:2",
      },
    ],
  },
];
