/** A hard disk counts sectors that it cannot read, or that it replaced. */
import { dayMs, type Fault, hourMs, minuteMs } from "../fault.ts";
import { addHardDisk, counts } from "../parts/hard-disk.ts";

const common = {
  machine: "neko",
  probes: ["smart"],
  prepare: addHardDisk,
} as const;
/** A disk that spins is asked once an hour, so that it can go to sleep between. */
const readMs = hourMs + 6 * minuteMs;
const pending = { rule: "ata-attributes-failing", subject: "disk_health", withinMs: readMs + 2 * minuteMs } as const;
const growth = { rule: "disk-errors-growing", subject: "disk_health", withinMs: readMs } as const;

/** Pending alone, and with those that were replaced. */
export const hardDiskSectors: readonly Fault[] = [
  {
    ...common,
    name: "hard-disk-sectors-pending",
    title: "A hard disk cannot read eight sectors",
    source: "Backblaze, attributes 5, 187, 188, 197 and 198 by failure rate; monitoring facts 18.2",
    acts: [{ what: "attribute 197: 0 → 8", change: (scene) => scene.program("smartctl", counts({ pending: 8 })) }],
    comes: [
      { ...pending, severity: "medium", text: /8/ },
      { ...growth, severity: "medium", text: /8 more/ },
    ],
    conditions: { DiskHealthy: "False" },
    mended: { what: "they are written, and read again", change: (scene) => scene.program("smartctl", counts({ pending: 0 })) },
    overWithinMs: 9 * dayMs,
  },
  {
    ...common,
    name: "hard-disk-sectors-reallocated",
    title: "A hard disk has replaced 40 sectors and cannot read 16",
    source: "Backblaze, attributes 5, 187, 188, 197 and 198 by failure rate; monitoring facts 18.2",
    acts: [
      {
        what: "attribute 5: 0 → 40; 197: 0 → 16",
        change: (scene) => scene.program("smartctl", counts({ reallocated: 40, pending: 16 })),
      },
    ],
    comes: [
      { ...pending, severity: "high", text: /40/ },
      { ...growth, severity: "high", text: /40 more/ },
    ],
    conditions: { DiskHealthy: "False" },
    mended: {
      what: "the disk is replaced",
      change: (scene) =>
        scene.program("smartctl", { ...counts({ reallocated: 0, pending: 0 }), serial_number: "WD-WCC7K0000002" }),
    },
    overWithinMs: 2 * dayMs,
  },
];
