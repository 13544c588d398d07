/** A hard disk says FAILED. */
import { dayMs, type Fault, hourMs, minuteMs } from "../fault.ts";
import { addHardDisk } from "../parts/hard-disk.ts";

export const hardDiskFailsNow: Fault = {
  name: "hard-disk-fails-now",
  title: "A hard disk says that it will fail within a day",
  source: "ATA8-ACS, SMART RETURN STATUS; smartctl exit status bit 3",
  machine: "neko",
  probes: ["smart"],
  prepare: addHardDisk,
  acts: [
    {
      what: "SMART overall-health: PASSED → FAILED",
      change: (scene) => scene.program("smartctl", { "smart_status.passed": false, "smartctl.exit_status": 8 }),
    },
  ],
  comes: [
    {
      rule: "disk-declares-failure",
      subject: "disk_health",
      severity: "high",
      text: /verdict is FAILED/,
      withinMs: hourMs + 6 * minuteMs,
    },
  ],
  labels: { "disk-failing": "true" },
  conditions: { DiskHealthy: "False" },
  mended: {
    what: "it says PASSED again",
    change: (scene) => scene.program("smartctl", { "smart_status.passed": true, "smartctl.exit_status": 0 }),
  },
  overWithinMs: dayMs + 4 * hourMs,
};
