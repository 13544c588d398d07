/** A mirror loses one of its disks. */
import { type Fault, minuteMs } from "../fault.ts";
import { addMirror, setMember } from "../parts/raid.ts";

export const raidDegraded: Fault = {
  name: "raid-degraded",
  title: "The md driver throws a disk out of a mirror",
  source: "Documentation/admin-guide/md.rst of Linux: md/degraded, md/dev-X/state",
  machine: "neko",
  probes: ["disks"],
  prepare: addMirror,
  acts: [{ what: "md0: sdc is faulty", change: (scene) => setMember(scene, "faulty") }],
  comes: [
    { rule: "raid-degraded", subject: "block_device", severity: "high", text: /lacks 1 of 2 members/, withinMs: 2 * minuteMs },
  ],
  conditions: { DiskHealthy: "False" },
  mended: { what: "a new disk is in sync", change: (scene) => setMember(scene, "in_sync") },
  overWithinMs: 8 * minuteMs,
};
