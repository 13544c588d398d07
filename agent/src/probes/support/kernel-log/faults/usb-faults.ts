/**
 * USB devices, disks behind USB bridges, and memory cards. A reset or a disconnect alone means nothing (a cable pulled, a machine that wakes):
 * beside a command of ours it means that the bridge cannot bear it. Source of the texts: drivers/usb, drivers/mmc of Linux.
 */
import { debianKernel, type FaultKind } from "../fault-kind.ts";

/** A USB device was reset: whoever spoke to it then must be told. */
export const usbResetCode = "usb-reset";

/** What USB and card readers say. */
export const usbFaults: readonly FaultKind[] = [
  {
    code: usbResetCode,
    area: "usb",
    severity: "notice",
    meaning: "A USB device was reset.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^(?<device>usb \d+-[\d.]+): reset [\w-]+(?: Plus)?(?: Gen \d ?x ?\d)? USB device number \d+ using /,
        format: "%s %s USB device number %d using %s",
        confirmed: debianKernel,
        example: "usb 1-1.4: reset high-speed USB device number 3 using xhci_hcd",
        device: "usb 1-1.4",
      },
      {
        pattern: /^(?<device>usb \d+-[\d.]+): reset SuperSpeed.{0,20} USB device number \d+ using /,
        format: "%s SuperSpeed%s%s USB device number %d using %s",
        confirmed: debianKernel,
        example: "usb 2-1: reset SuperSpeed Plus Gen 2x1 USB device number 2 using xhci_hcd",
        device: "usb 2-1",
      },
    ],
  },
  {
    code: "usb-disconnect",
    area: "usb",
    severity: "notice",
    meaning: "A USB device went away.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^(?<device>usb \d+-[\d.]+): USB disconnect, device number \d+/,
        format: "USB disconnect, device number %d",
        confirmed: debianKernel,
        example: "usb 2-1: USB disconnect, device number 2",
        device: "usb 2-1",
      },
    ],
  },
  {
    code: "usb-enumeration-failed",
    area: "usb",
    severity: "warning",
    meaning: "A USB device does not answer when it is plugged in or reset: a bad cable, hub or power.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^(?<device>usb \d+-[\d.]+): device not accepting address \d+, error -\d+/,
        format: "device not accepting address %d, error %d",
        confirmed: debianKernel,
        example: "usb 2-1: device not accepting address 5, error -71",
        device: "usb 2-1",
      },
      {
        pattern: /^(?<device>usb \S{1,40}): unable to enumerate USB device/,
        format: "unable to enumerate USB device",
        confirmed: debianKernel,
        example: "usb usb2-port1: unable to enumerate USB device",
        device: "usb usb2-port1",
      },
      {
        pattern: /^(?<device>usb \S{1,40}): Cannot enable\. Maybe the USB cable is bad\?/,
        format: "Cannot enable. Maybe the USB cable is bad?",
        confirmed: debianKernel,
        example: "usb usb2-port1: Cannot enable. Maybe the USB cable is bad?",
        device: "usb usb2-port1",
      },
    ],
  },
  {
    code: "usb-over-current",
    area: "usb",
    severity: "warning",
    meaning: "A USB port switched off because too much current flowed.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^(?<device>usb \S{1,40}): over-current (?:condition|change #\d)/,
        format: "over-current condition",
        confirmed: debianKernel,
        example: "usb usb1-port2: over-current condition",
        device: "usb usb1-port2",
      },
    ],
  },
  {
    code: "usb-storage-abort",
    area: "usb",
    severity: "warning",
    meaning: "A disk behind a USB bridge did not answer a command.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^sd [\d:]+ \[(?<device>sd[a-z]+)\] (?:tag#\d+ )?uas_eh_abort_handler /,
        format: "uas_eh_abort_handler",
        confirmed: debianKernel,
        example: "sd 0:0:0:0: [sda] tag#2 uas_eh_abort_handler 0 uas-tag 3 inflight: CMD IN ",
        device: "sda",
      },
      {
        pattern: /^scsi (?<device>host\d+): uas_eh_device_reset_handler (?:start|FAILED)/,
        format: "uas_eh_device_reset_handler",
        confirmed: debianKernel,
        example: "scsi host0: uas_eh_device_reset_handler start",
        device: "host0",
      },
    ],
  },
  {
    code: "mmc-error",
    area: "disk",
    severity: "warning",
    meaning: "A memory card or eMMC did not answer, or not in time.",
    triggers: ["disks"],
    forms: [
      {
        pattern: /^(?<device>mmc(?:blk)?\d+): (?:cache flush error|tried to [HS]W reset card, got error) -?\d+/,
        format: "%s: cache flush error %d",
        confirmed: debianKernel,
        example: "mmc0: cache flush error -110",
        device: "mmc0",
      },
      {
        pattern: /^(?<device>mmc\d+): (?:Timeout waiting for hardware (?:cmd )?interrupt|Card removed during transfer)/,
        format: "%s: Timeout waiting for hardware interrupt.",
        confirmed: debianKernel,
        example: "mmc0: Timeout waiting for hardware interrupt.",
        device: "mmc0",
      },
      {
        pattern: /^(?<device>mmcblk\d+): recovery failed!/,
        format: "%s: recovery failed!",
        confirmed: debianKernel,
        example: "mmcblk0: recovery failed!",
        device: "mmcblk0",
      },
    ],
  },
];
