/** A drive that brought media errors along counts another one. */
import { dayMs, type Fault, minuteMs, secondMs } from "../fault.ts";

const errors = "nvme_smart_health_information_log.media_errors";

export const nvmeMediaErrors: Fault = {
  name: "nvme-media-errors",
  title: "An NVMe drive that had three media errors when it was first seen counts a fourth and a fifth",
  source: "Scrutiny issue 729: three old media errors count for nothing, the next one does",
  machine: "neko",
  probes: ["smart"],
  prepare: (scene) => scene.program("smartctl", { [errors]: 3 }),
  acts: [
    { what: "media_errors 3 → 4", change: (scene) => scene.program("smartctl", { [errors]: 4 }) },
    { what: "media_errors 4 → 5", afterMs: 30 * minuteMs, change: (scene) => scene.program("smartctl", { [errors]: 5 }) },
  ],
  comes: [
    {
      rule: "disk-errors-growing",
      subject: "disk_health",
      severity: "medium",
      text: /2 more media/,
      withinMs: 6 * minuteMs,
    },
  ],
  conditions: { DiskHealthy: "False" },
  mended: { what: "it counts no more for a week" },
  overWithinMs: 7 * dayMs + 30 * secondMs,
};
