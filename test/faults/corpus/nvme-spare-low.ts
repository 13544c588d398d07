/** The spare of an NVMe drive comes close to its own threshold. */
import { dayMs, type Fault, minuteMs } from "../fault.ts";
import { nvmeLog } from "../parts/nvme-log.ts";

export const nvmeSpareLow: Fault = {
  name: "nvme-spare-low",
  title: "The spare of an NVMe drive comes close to the threshold that the drive states, and its warning is silent yet",
  source: "NVM Express Base Specification 2.0, available spare and its threshold; monitoring facts 18.1",
  machine: "neko",
  probes: ["smart"],
  acts: [{ what: "available_spare 100 → 15, threshold 10", change: (scene) => nvmeLog(scene, { available_spare: 15 }) }],
  comes: [
    {
      rule: "nvme-spare-low",
      subject: "disk_health",
      severity: "medium",
      text: /close to its own threshold/,
      withinMs: 16 * minuteMs,
    },
  ],
  mended: { what: "the drive is replaced", change: (scene) => nvmeLog(scene, { available_spare: 100 }) },
  overWithinMs: dayMs + dayMs / 10,
};
