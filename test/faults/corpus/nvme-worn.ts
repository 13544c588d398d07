/** An NVMe drive comes to the end of what it is rated to be written, and beyond. */
import type { Severity } from "@nodekeeper/shared/api";
import { dayMs, type Fault, hourMs, minuteMs } from "../fault.ts";
import { nvmeLog } from "../parts/nvme-log.ts";

const levels: readonly { readonly percent: number; readonly severity: Severity }[] = [
  { percent: 80, severity: "low" },
  { percent: 90, severity: "medium" },
  { percent: 100, severity: "medium" },
  { percent: 110, severity: "medium" },
];

/** At each level that is said anew. */
export const nvmeWorn: readonly Fault[] = levels.map(({ percent, severity }) => ({
  ...{ name: `nvme-worn-${percent}`, title: `An NVMe drive has used ${percent} % of its rated life` },
  ...{ source: "Scrutiny issue 203: two drives died at 104 and 130 % without a word", machine: "neko", probes: ["smart"] },
  acts: [{ what: `percentage_used is ${percent}`, change: (scene) => nvmeLog(scene, { percentage_used: percent }) }],
  comes: [
    { rule: "disk-worn", subject: "disk_health", severity, text: new RegExp(`${percent} %`), withinMs: hourMs + 6 * minuteMs },
  ],
  mended: { what: "the drive is replaced by a new one", change: (scene) => nvmeLog(scene, { percentage_used: 1 }) },
  overWithinMs: dayMs + dayMs / 10,
}));
