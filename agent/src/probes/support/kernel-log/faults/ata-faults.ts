/** SATA links and what hangs on them. Source of the texts: drivers/ata/libata of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

const triggers = ["disks", "smart"];

/** What libata says. */
export const ataFaults: readonly FaultKind[] = [
  {
    code: "ata-exception",
    area: "disk",
    severity: "warning",
    meaning: "A SATA port stopped with an error; it is tried again. Often a cable.",
    triggers,
    forms: [
      {
        pattern: /^(?<device>ata\d+)(?:\.\d\d)?: exception Emask 0x/,
        format: "ata%u.%02u: exception Emask 0x%x SAct 0x%x SErr 0x%x action 0x%x%s%s",
        confirmed: debianKernel,
        example: "ata1.00: exception Emask 0x10 SAct 0x10000 SErr 0x400100 action 0x6 frozen",
        device: "ata1",
      },
    ],
  },
  {
    code: "ata-command-failed",
    area: "disk",
    severity: "warning",
    meaning: "A command to a SATA disk failed; it is tried again.",
    triggers,
    forms: [
      {
        pattern: /^(?<device>ata\d+)(?:\.\d\d)?: failed command: /,
        format: "ata%u.%02u: failed command: %s",
        confirmed: debianKernel,
        example: "ata1.00: failed command: READ FPDMA QUEUED",
        device: "ata1",
      },
    ],
  },
  {
    code: "ata-link-reset",
    area: "disk",
    severity: "notice",
    meaning: "A SATA link was reset.",
    triggers,
    forms: [
      {
        pattern: /^(?<device>ata\d+)(?:\.\d\d)?: hard resetting link/,
        format: "ata%u: hard resetting link",
        confirmed: debianKernel,
        example: "ata3: hard resetting link",
        device: "ata3",
      },
    ],
  },
  {
    code: "ata-link-slowed",
    area: "disk",
    severity: "warning",
    meaning: "A SATA link makes so many errors that it runs slower from now on, or without queues.",
    triggers,
    forms: [
      {
        pattern: /^(?<device>ata\d+)(?:\.\d\d)?: limiting (?:SATA link )?speed to /,
        format: "ata%u: limiting SATA link speed to %s",
        confirmed: debianKernel,
        example: "ata2: limiting SATA link speed to 3.0 Gbps",
        device: "ata2",
      },
      {
        pattern: /^(?<device>ata\d+)(?:\.\d\d)?: NCQ disabled due to excessive errors/,
        format: "ata%u.%02u: NCQ disabled due to excessive errors",
        confirmed: debianKernel,
        example: "ata2.00: NCQ disabled due to excessive errors",
        device: "ata2",
      },
    ],
  },
  {
    code: "ata-device-disabled",
    area: "disk",
    severity: "fault",
    meaning: "A SATA disk did not come back and was given up.",
    triggers,
    forms: [
      {
        pattern: /^(?<device>ata\d+)\.\d\d: disabled?(?: device)?$/,
        format: "ata%u.%02u: disable device",
        confirmed: debianKernel,
        example: "ata1.00: disable device",
        device: "ata1",
      },
    ],
  },
];
