/** A disk that was built in is gone. */
import { type Fault, minuteMs } from "../fault.ts";
import { addHardDisk, plugIn, unplug } from "../parts/hard-disk.ts";

export const diskVanished: Fault = {
  name: "disk-vanished",
  title: "A hard disk drops out: its controller does not see it any more",
  source: "drivers/ata of Linux: a link that is lost for good takes its disk out of /sys/block",
  machine: "neko",
  probes: ["disks", "system"],
  prepare: addHardDisk,
  acts: [{ what: "/sys/block/sda is gone", change: unplug }],
  comes: [
    {
      rule: "disk-missing",
      subject: "block_device",
      severity: "medium",
      text: /WDC WD40EFRX.* is missing/,
      withinMs: 2 * minuteMs,
    },
  ],
  conditions: { DiskHealthy: "False" },
  mended: { what: "it is plugged in again", change: plugIn },
  overWithinMs: 3 * minuteMs,
};
