/** A hard disk finds a fault in a test of itself. */
import { type Fault, hourMs, minuteMs } from "../fault.ts";
import { addHardDisk, selfTest } from "../parts/hard-disk.ts";

const log = "ata_smart_self_test_log.standard.table";

export const hardDiskSelfTestFailed: Fault = {
  name: "hard-disk-self-test-failed",
  title: "The extended test of a hard disk finds a sector that cannot be read",
  source: "smartmontools, self-test execution status 7",
  machine: "neko",
  probes: ["smart"],
  prepare: addHardDisk,
  acts: [
    {
      what: "Extended offline: read failure",
      change: (scene) => scene.program("smartctl", { [log]: [selfTest(false, 35_230), selfTest(true, 35_000)] }),
    },
  ],
  comes: [
    {
      rule: "disk-self-test-failed",
      subject: "disk_health",
      severity: "medium",
      text: /found a fault/,
      withinMs: hourMs + 6 * minuteMs,
    },
  ],
  conditions: { DiskHealthy: "False" },
  mended: {
    what: "a later extended test passes",
    change: (scene) =>
      scene.program("smartctl", { [log]: [selfTest(true, 35_234), selfTest(false, 35_230), selfTest(true, 35_000)] }),
  },
  overWithinMs: 2 * hourMs,
};
