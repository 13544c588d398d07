/** An NVMe drive is hotter than it likes, by its own thresholds, and one whose sensor lies. */
import { type Fault, hourMs, minuteMs } from "../fault.ts";
import { nvmeLog } from "../parts/nvme-log.ts";
import type { Scene } from "../scene.ts";

const cool = (scene: Scene): Promise<void> =>
  nvmeLog(scene, { critical_warning: 0, temperature: 39, temperature_sensors: [39, 46] });
const common = {
  machine: "neko",
  probes: ["smart"],
  mended: { what: "it cools down", change: cool },
  overWithinMs: hourMs,
} as const;

/** Above the first threshold, above the second, declared by the drive, and a lie. */
export const nvmeTooHot: readonly Fault[] = [
  {
    ...common,
    name: "nvme-too-hot-warning",
    title: "An NVMe drive is hotter than its WCTEMP",
    source: "NVM Express Base Specification 2.0, Identify Controller WCTEMP",
    acts: [
      { what: "39 → 83 °C, WCTEMP 82", change: (scene) => nvmeLog(scene, { temperature: 83, temperature_sensors: [83, 88] }) },
    ],
    comes: [
      { rule: "nvme-too-hot", subject: "disk_health", severity: "medium", text: /limit of 82 °C/, withinMs: 16 * minuteMs },
    ],
  },
  {
    ...common,
    name: "nvme-too-hot-critical",
    title: "An NVMe drive is hotter than its CCTEMP",
    source: "NVM Express Base Specification 2.0, Identify Controller CCTEMP",
    acts: [
      { what: "39 → 87 °C, CCTEMP 85", change: (scene) => nvmeLog(scene, { temperature: 87, temperature_sensors: [87, 92] }) },
    ],
    comes: [{ rule: "nvme-too-hot", subject: "disk_health", severity: "high", text: /limit of 85 °C/, withinMs: 16 * minuteMs }],
    conditions: { DiskHealthy: "False" },
  },
  {
    ...common,
    name: "nvme-too-hot-declared",
    title: "An NVMe drive declares that it is too hot, and is",
    source: "NVM Express Base Specification 2.0, critical warning bit 1; Tanguille/cluster issue 4102",
    acts: [
      {
        what: "critical_warning 0x2 at 83 °C",
        change: (scene) => nvmeLog(scene, { critical_warning: 2, temperature: 83, temperature_sensors: [83, 88] }),
      },
    ],
    comes: [
      {
        rule: "nvme-critical-warning",
        subject: "disk_health",
        severity: "medium",
        text: /too hot or too cold/,
        withinMs: 11 * minuteMs,
      },
    ],
    conditions: { DiskHealthy: "False" },
  },
  {
    ...common,
    name: "nvme-too-hot-lie",
    title: "The firmware of a Samsung 980 says 84 °C and warns, while the sensors of the drive say 40",
    source: "smartmontools issue 637",
    acts: [
      {
        what: "critical_warning 0x2, 84 °C; its sensors say 39 and 40",
        change: (scene) => nvmeLog(scene, { critical_warning: 2, temperature: 84, temperature_sensors: [39, 40] }),
      },
    ],
    comes: [
      {
        rule: "nvme-critical-warning",
        subject: "disk_health",
        severity: "low",
        text: /sensor or its firmware is suspect/,
        withinMs: 11 * minuteMs,
      },
    ],
  },
];
