/**
 * What the block layer and the SCSI disk driver say of disks. Left out on purpose: floppy and optical drives, whose medium is often just not
 * there; refused hints (discard, zeroing), which many disks do not know. Source of the texts: block/ and drivers/scsi of Linux.
 */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

const triggers = ["disks", "smart"];
const errorFormat = "%s error, dev %s, sector %llu op 0x%x:(%s) flags 0x%x phys_seg %u prio class %u";

/** "I/O error, dev sda, sector 1 op 0x0:(READ) …", in older kernels behind the name of a function. */
function blockError(kind: string): RegExp {
  const device = "(?<device>(?!fd\\d|sr\\d)[\\w!-]+)";
  const refusedHint = "(?!.{0,80}:\\((?:DISCARD|WRITE_ZEROES|SECURE_ERASE)\\))";
  return new RegExp(`^(?:\\w+: )?${kind} error, dev ${device}, sector ${refusedHint}`);
}

/** What stands in the log of a disk that fails. */
export const blockFaults: readonly FaultKind[] = [
  {
    code: "disk-io-error",
    area: "disk",
    severity: "fault",
    meaning: "A read or write failed for good.",
    triggers,
    forms: [
      {
        pattern: blockError("I/O"),
        format: errorFormat,
        confirmed: debianKernel,
        example: "I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2",
        device: "sda",
      },
      {
        pattern: blockError("I/O"),
        format: "blk_update_request",
        confirmed: debianKernel,
        example: "blk_update_request: I/O error, dev nvme0n1, sector 12345",
        device: "nvme0n1",
      },
    ],
  },
  {
    code: "disk-medium-error",
    area: "disk",
    severity: "fault",
    meaning: "The disk cannot read back what was written there: a bad sector.",
    triggers,
    forms: [
      {
        pattern: blockError("critical medium"),
        format: "critical medium",
        confirmed: debianKernel,
        example: "critical medium error, dev sdb, sector 976773120 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2",
        device: "sdb",
      },
    ],
  },
  {
    code: "disk-target-error",
    area: "disk",
    severity: "warning",
    meaning: "The disk refused a command as wrong or impossible.",
    triggers,
    forms: [
      {
        pattern: blockError("critical target"),
        format: "critical target",
        confirmed: debianKernel,
        example: "critical target error, dev sda, sector 8 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
        device: "sda",
      },
    ],
  },
  {
    code: "disk-space-exhausted",
    area: "disk",
    severity: "fault",
    meaning: "A thinly provisioned disk has no space left behind it: writes fail.",
    triggers,
    forms: [
      {
        pattern: blockError("critical space allocation"),
        format: "critical space allocation",
        confirmed: debianKernel,
        example: "critical space allocation error, dev dm-3, sector 81920 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
        device: "dm-3",
      },
    ],
  },
  {
    code: "disk-timeout",
    area: "disk",
    severity: "warning",
    meaning: "A read or write was given up because the disk, or the way to it, did not answer.",
    triggers,
    forms: [
      {
        pattern: blockError("(?:timeout|recoverable transport)"),
        format: "recoverable transport",
        confirmed: debianKernel,
        example: "recoverable transport error, dev sdc, sector 4096 op 0x1:(WRITE) flags 0x800 phys_seg 2 prio class 0",
        device: "sdc",
      },
    ],
  },
  {
    code: "buffer-write-lost",
    area: "disk",
    severity: "fault",
    meaning: "Data that a program had written was lost on its way to the disk.",
    triggers,
    forms: [
      {
        pattern: /^Buffer I\/O error on dev(?:ice)? (?<device>[\w!-]+), logical block \d+, lost /,
        format: "Buffer I/O error on dev %pg, logical block %llu%s",
        confirmed: debianKernel,
        example: "Buffer I/O error on dev dm-0, logical block 61931521, lost async page write",
        device: "dm-0",
      },
    ],
  },
  {
    code: "buffer-io-error",
    area: "disk",
    severity: "warning",
    meaning: "A block could not be read.",
    triggers,
    forms: [
      {
        pattern: /^Buffer I\/O error on dev(?:ice)? (?<device>(?!fd\d|sr\d)[\w!-]+), logical block \d+(?!\d|, lost )/,
        format: "Buffer I/O error on dev %pg, logical block %llu%s",
        confirmed: debianKernel,
        example: "Buffer I/O error on dev sdb1, logical block 0, async page read",
        device: "sdb1",
      },
    ],
  },
  {
    code: "beyond-end-of-device",
    area: "disk",
    severity: "warning",
    meaning:
      "Something was asked that lies behind the end of the device: a filesystem larger than its partition, or a damaged one.",
    triggers,
    forms: [
      {
        pattern: /^(?:[^:]{1,16}: )?attempt to access beyond end of device\s+(?<device>[\w!-]+): rw=/,
        format: "attempt to access beyond end of device",
        confirmed: debianKernel,
        example: "mount: attempt to access beyond end of device\nsdb1: rw=4096, sector=2097144, nr_sectors = 8 limit=1048576",
        device: "sdb1",
      },
      {
        pattern: /^(?:[^:]{1,16}: )?attempt to access beyond end of device$/,
        format: "attempt to access beyond end of device",
        confirmed: debianKernel,
        example: "attempt to access beyond end of device",
        device: "",
      },
    ],
  },
  {
    code: "scsi-medium-error",
    area: "disk",
    severity: "fault",
    meaning: "The disk itself says that its medium failed.",
    triggers,
    forms: [
      {
        pattern: /^sd [\d:]+ \[(?<device>sd[a-z]+)\] (?:tag#\d+ )?Sense Key : Medium Error/,
        format: "Sense Key : ",
        confirmed: debianKernel,
        example: "sd 0:0:0:0: [sda] tag#12 Sense Key : Medium Error [current] ",
        device: "sda",
      },
    ],
  },
  {
    code: "scsi-hardware-error",
    area: "disk",
    severity: "fault",
    meaning: "The disk itself says that its hardware failed.",
    triggers,
    forms: [
      {
        pattern: /^sd [\d:]+ \[(?<device>sd[a-z]+)\] (?:tag#\d+ )?Sense Key : Hardware Error/,
        format: "Sense Key : ",
        confirmed: debianKernel,
        example: "sd 2:0:1:0: [sdd] tag#3 Sense Key : Hardware Error [deferred] ",
        device: "sdd",
      },
    ],
  },
  {
    code: "scsi-device-offline",
    area: "disk",
    severity: "fault",
    meaning: "The disk did not come back and was given up: reads and writes fail.",
    triggers,
    forms: [
      {
        pattern: /^sd (?<device>[\d:]+): Device offlined - not ready after error recovery/,
        format: "Device offlined - not ready after error recovery",
        confirmed: debianKernel,
        example: "sd 6:0:0:0: Device offlined - not ready after error recovery",
        device: "6:0:0:0",
      },
      {
        pattern: /^sd (?<device>[\d:]+): (?:\[\w+\] )?(?:tag#\d+ )?Medium access timeout failure\. Offlining disk!/,
        format: "Medium access timeout failure. Offlining disk!",
        confirmed: debianKernel,
        example: "sd 6:0:0:0: [sdb] Medium access timeout failure. Offlining disk!",
        device: "6:0:0:0",
      },
      {
        pattern: /^sd (?<device>[\d:]+): (?:\[\w+\] )?(?:tag#\d+ )?rejecting I\/O to offline device/,
        format: "rejecting I/O to offline device",
        confirmed: debianKernel,
        example: "sd 6:0:0:0: rejecting I/O to offline device",
        device: "6:0:0:0",
      },
    ],
  },
];
