/** Each bit by which an NVMe drive declares a fault of its own. */
import type { Severity } from "@nodekeeper/shared/api";
import { dayMs, type Fault, minuteMs } from "../fault.ts";
import { nvmeLog } from "../parts/nvme-log.ts";
import type { Values } from "../scene.ts";

interface Bit {
  readonly bit: number;
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly text: RegExp;
  /** What the drive says beside it. */
  readonly beside?: Values;
  /** Whether labels call the drive failing. */
  readonly isFailing: boolean;
}

const bits: readonly Bit[] = [
  {
    ...{ bit: 0, name: "spare", title: "An NVMe drive says that its spare is below its threshold", severity: "high" },
    ...{ text: /its spare capacity is below the threshold/, beside: { available_spare: 4 }, isFailing: true },
  },
  {
    ...{ bit: 2, name: "reliability", title: "An NVMe drive says that its reliability is degraded", severity: "high" },
    ...{ text: /its reliability is degraded/, isFailing: true },
  },
  {
    ...{ bit: 3, name: "read-only", title: "An NVMe drive has put its media into read-only mode", severity: "high" },
    ...{ text: /read-only mode/, isFailing: true },
  },
  {
    ...{ bit: 4, name: "backup", title: "The capacitor of an NVMe drive failed", severity: "medium" },
    ...{ text: /backup of its volatile memory failed/, isFailing: true },
  },
  {
    ...{
      bit: 5,
      name: "memory-region",
      title: "The persistent memory region of an NVMe drive is unreliable",
      severity: "medium",
    },
    ...{ text: /persistent memory region/, isFailing: true },
  },
  {
    ...{ bit: 6, name: "personality", title: "An NVMe drive does not know its personality", severity: "low" },
    ...{ text: /personalities/, isFailing: false },
  },
];

/** All of them but that of temperature, which does not stand by itself (nvme-too-hot). */
export const nvmeCriticalWarning: readonly Fault[] = bits.map(({ bit, name, title, severity, text, beside = {}, isFailing }) => ({
  ...{ name: `nvme-critical-warning-${name}`, title, machine: "neko", probes: ["smart"] },
  source: `NVM Express Base Specification 2.0, SMART / Health Information, critical warning bit ${bit}`,
  acts: [
    { what: `critical_warning has bit ${bit}`, change: (scene) => nvmeLog(scene, { critical_warning: 1 << bit, ...beside }) },
  ],
  comes: [{ rule: "nvme-critical-warning", subject: "disk_health", severity, text, withinMs: 6 * minuteMs + 10_000 }],
  ...(isFailing ? { labels: { "disk-failing": "true" } } : {}),
  ...(severity === "low" ? {} : { conditions: { DiskHealthy: "False" } }),
  mended: { what: "the drive takes it back", change: (scene) => nvmeLog(scene, { critical_warning: 0, available_spare: 100 }) },
  overWithinMs: dayMs + dayMs / 10, // it is not trusted for a day
}));
