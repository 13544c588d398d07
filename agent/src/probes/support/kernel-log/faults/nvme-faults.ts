/** NVMe controllers. Source of the texts: drivers/nvme/host of Linux. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

const triggers = ["disks", "smart"];

/** What the NVMe driver says. */
export const nvmeFaults: readonly FaultKind[] = [
  {
    code: "nvme-controller-reset",
    area: "disk",
    severity: "warning",
    meaning:
      "The controller did not answer and is reset; again and again it means bad power, a bad slot or cable, or a dying drive.",
    triggers,
    forms: [
      {
        pattern: /^nvme (?<device>nvme\d+): controller is down; will reset: CSTS=0x/,
        format: "controller is down; will reset: CSTS=0x%x, PCI_STATUS=0x%hx",
        confirmed: debianKernel,
        example: "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): I\/O .{1,80} timeout, reset controller/,
        format: "I/O %d QID %d timeout, reset controller",
        confirmed: debianKernel,
        example: "nvme nvme1: I/O 24 QID 0 timeout, reset controller",
        device: "nvme1",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): (?:Fw activation timeout, reset controller|ANATT timeout, resetting controller)/,
        format: "Fw activation timeout, reset controller",
        confirmed: debianKernel,
        example: "nvme nvme0: Fw activation timeout, reset controller",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): frozen state error detected, reset controller/,
        format: "frozen state error detected, reset controller",
        confirmed: debianKernel,
        example: "nvme nvme0: frozen state error detected, reset controller",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): resetting controller due to /,
        format: "resetting controller due to AER",
        confirmed: debianKernel,
        example: "nvme nvme0: resetting controller due to AER",
        device: "nvme0",
      },
    ],
  },
  {
    code: "nvme-timeout",
    area: "disk",
    severity: "warning",
    meaning: "A command was not answered in time (30 s), or its interrupt was lost.",
    triggers,
    forms: [
      {
        pattern: /^nvme (?<device>nvme\d+): I\/O .{1,80} timeout, aborting/,
        format: "I/O %d (%s) QID %d timeout, aborting",
        confirmed: debianKernel,
        example: "nvme nvme0: I/O tag 773 (a305) opcode 0x2 (I/O Cmd) QID 3 timeout, aborting req_op:READ(0) size:65536",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): I\/O .{1,80} timeout, completion polled/,
        format: "I/O %d QID %d timeout, completion polled",
        confirmed: debianKernel,
        example: "nvme nvme0: I/O tag 12 (100c) QID 0 timeout, completion polled",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): I\/O .{1,80} timeout, disable controller/,
        format: "I/O %d QID %d timeout, disable controller",
        confirmed: debianKernel,
        example: "nvme nvme0: I/O 17 QID 0 timeout, disable controller",
        device: "nvme0",
      },
    ],
  },
  {
    code: "nvme-controller-lost",
    area: "disk",
    severity: "fault",
    meaning: "The controller did not come back after a reset and was given up: its disk is gone until the machine is restarted.",
    triggers,
    forms: [
      {
        pattern: /^nvme (?<device>nvme\d+): Device not ready; aborting (?:reset|initiali[sz]ation)/,
        format: "Device not ready; aborting %s, CSTS=0x%x",
        confirmed: debianKernel,
        example: "nvme nvme0: Device not ready; aborting reset, CSTS=0x1",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): Removing after probe failure status: -?\d+/,
        format: "Removing after probe failure status: %d",
        confirmed: debianKernel,
        example: "nvme nvme0: Removing after probe failure status: -19",
        device: "nvme0",
      },
      {
        pattern: /^nvme (?<device>nvme\d+): Disabling device after reset failure: -?\d+/,
        format: "Disabling device after reset failure: %d",
        confirmed: "source of drivers/nvme/host/pci.c of later releases; 6.1 says the form before",
        example: "nvme nvme0: Disabling device after reset failure: -19",
        device: "nvme0",
      },
    ],
  },
  {
    code: "nvme-no-path",
    area: "disk",
    severity: "fault",
    meaning: "No controller of the namespace is left: reads and writes fail.",
    triggers,
    forms: [
      {
        pattern: /^block (?<device>nvme\d+n\d+): no available path - failing I\/O/,
        format: "no available path - failing I/O",
        confirmed: debianKernel,
        example: "block nvme0n1: no available path - failing I/O",
        device: "nvme0n1",
      },
    ],
  },
  {
    code: "nvme-media-error",
    area: "disk",
    severity: "fault",
    meaning: "The drive says of a command that its medium or the integrity of its data failed (status code type 2).",
    triggers,
    forms: [
      {
        pattern: /^(?<device>nvme\d+(?:c\d+)?n\d+): .{1,60}\(0x[0-9a-f]+\) @ LBA \d+, \d+ blocks, .{1,80} \(sct 0x2 \/ sc 0x/,
        format: "%s: %s(0x%x) @ LBA %llu, %llu blocks, %s (sct 0x%x / sc 0x%x) %s%s",
        confirmed: debianKernel,
        example: "nvme0n1: Read(0x2) @ LBA 8224, 8 blocks, Unrecovered Read Error (sct 0x2 / sc 0x81) DNR",
        device: "nvme0n1",
      },
    ],
  },
];
