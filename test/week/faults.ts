/** The five faults of the other week: what really breaks, and when it is mended. */
import { hourMs, minuteMs, weekStartMs } from "./life.ts";
import type { MachineName } from "./machines.ts";

/** What breaks. */
export type FaultKind = "failing-drive" | "weak-power" | "full-disk" | "lost-gpu" | "silence";

/** A fault. */
export interface Fault {
  readonly kind: FaultKind;
  readonly machine: MachineName;
  readonly fromMs: number;
  readonly untilMs: number;
  /** The rule whose finding people are told. */
  readonly rule: string;
  /** How long it may take from its beginning until the finding fires: until a probe looks, and the rule's own time. */
  readonly firesWithinMs: number;
  /** How long it may take from its end until the finding is resolved. */
  readonly resolvesWithinMs: number;
}

/** A probe runs a fifth later than its interval at most, and what it saw is on its way for a moment. */
const late = (intervalMs: number): number => 1.2 * intervalMs + 20_000;
/** How long it takes until the disk is full, and how full it is when people are told. */
export const fillingMs: number = 6 * hourMs;

/** All five, in the order in which they begin; the collector is killed or stopped in the midst of three of them. */
export const theFaults: readonly Fault[] = [
  {
    ...{ kind: "failing-drive", machine: "neko2", rule: "nvme-critical-warning" },
    ...{ fromMs: weekStartMs + 15 * hourMs + 3 * minuteMs, untilMs: weekStartMs + 20 * hourMs },
    firesWithinMs: late(5 * minuteMs),
    // A disk that took it back is not trusted for a day.
    resolvesWithinMs: late(5 * minuteMs) + 24 * hourMs,
  },
  {
    // Three minutes later the collector is stopped, which begins to listen anew: its own silence is not the machine's.
    ...{ kind: "silence", machine: "neko", rule: "node-not-reporting" },
    ...{ fromMs: weekStartMs + 26 * hourMs + 11 * minuteMs, untilMs: weekStartMs + 28 * hourMs },
    // Loud after half an hour of it.
    firesWithinMs: 3 * minuteMs + 12_000 + 30 * minuteMs + 40_000,
    resolvesWithinMs: minuteMs,
  },
  {
    ...{ kind: "lost-gpu", machine: "siberian", rule: "gpu-unavailable" },
    ...{ fromMs: weekStartMs + 30 * hourMs, untilMs: weekStartMs + 32 * hourMs },
    firesWithinMs: late(minuteMs),
    resolvesWithinMs: late(minuteMs) + minuteMs,
  },
  {
    ...{ kind: "full-disk", machine: "panther", rule: "disk-nearly-full" },
    ...{ fromMs: weekStartMs + 31 * hourMs, untilMs: weekStartMs + 38 * hourMs },
    firesWithinMs: fillingMs + late(minuteMs) + 2 * minuteMs,
    resolvesWithinMs: late(minuteMs) + 5 * minuteMs,
  },
  {
    ...{ kind: "weak-power", machine: "bobcat", rule: "raspberry-pi-power" },
    ...{ fromMs: weekStartMs + 33 * hourMs, untilMs: weekStartMs + 36 * hourMs },
    firesWithinMs: late(minuteMs),
    resolvesWithinMs: late(minuteMs) + hourMs,
  },
];

/** Mending takes the machine down for a moment, and starts it anew. */
export function isMendedByRestart({ kind }: Fault): boolean {
  return kind === "weak-power" || kind === "lost-gpu";
}
