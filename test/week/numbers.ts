/** The numbers that come with what is read: they drift as those of healthy machines do. */
import { dayMs, hourOf, isGameAt, modelUntilMs, weekStartMs } from "./life.ts";
import type { Moment } from "./readings.ts";
import { fillingShare, warmthAt } from "./readings.ts";

/** Which number. */
export interface NumberKey {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  /** As it was recorded. */
  readonly recorded: number;
}

/** Counters that stand still on machines that are well. */
const still = /errors|dropped|lost|suppressed|kills|replays|carrier_changes|media|discards|occurrences|energy/;
/** What has no use on a GPU that does nothing. */
const gpuLoad = /utilization_percent$|^power_watts$|^fan_percent$/;

/** The number now. */
export function numberOf({ kind, id, name, recorded }: NumberKey, moment: Moment, random: () => number): number {
  if (Number.isNaN(recorded)) return recorded;
  const { nowMs, bootedAtMs } = moment;
  if (name === "uptime_seconds") return (nowMs - bootedAtMs) / 1000;
  if (name.endsWith("_total")) return still.test(name) ? recorded : recorded * (1 + (nowMs - weekStartMs) / (20 * dayMs));
  if (name === "temperature_celsius")
    return kind === "gpu_status" ? gpuCelsius(recorded, moment, random) : recorded + warmthAt(nowMs) + random();
  if (kind === "filesystem") return id === "/" ? filesystem(name, recorded, moment) : recorded;
  if (kind === "gpu_status") return gpuNumber(name, recorded, moment);
  if (name.startsWith("is_") || kind === "disk_health" || kind === "tailscale") return recorded;
  return recorded * (0.98 + 0.04 * random());
}

function isComputing({ machine, nowMs }: Moment): boolean {
  return modelUntilMs(machine.name, nowMs) !== undefined || (machine.name === "siberian" && isGameAt(nowMs));
}

function gpuCelsius(recorded: number, moment: Moment, random: () => number): number {
  return (isComputing(moment) ? recorded : Math.min(recorded, 41)) + warmthAt(moment.nowMs) / 2 + random();
}

function gpuNumber(name: string, recorded: number, moment: Moment): number {
  if (isComputing(moment)) return recorded;
  if (name === "is_limited_by_power_cap") return 0;
  if (name === "is_limited_by_idle") return 1;
  return gpuLoad.test(name) ? Math.min(recorded, 9) : recorded;
}

/** Disks fill by some GB a day, and are cleaned up in the night to Sunday. */
function filesystem(name: string, recorded: number, moment: Moment): number {
  const { nowMs } = moment;
  const days = (nowMs - weekStartMs) / dayMs;
  const cleanedDays = 5.6;
  const grownBytes =
    2.5e9 * (days < cleanedDays ? days : days - cleanedDays) + 4e8 * Math.sin((hourOf(nowMs) / 24) * 2 * Math.PI);
  const share = fillingShare(moment);
  const growBytes = share === undefined ? grownBytes : share * 463e9 - 287e9;
  switch (name) {
    case "used_bytes":
      return recorded + growBytes;
    case "free_bytes":
    case "available_bytes":
      return recorded - growBytes;
    default:
      return recorded;
  }
}
