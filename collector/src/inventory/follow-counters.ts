/** (counters, reading) → counters. Pure. The first value is the baseline, a fall makes a new one, and growth is remembered. */
import type { DiskHealth } from "@nodekeeper/proto";
import type { CounterGrowth, CounterTrack, DiskCounters } from "../state/node-inventory.ts";
import { diskCounters } from "./disk-counters.ts";

/** Without a further increase for so long, growth is over. */
export const growthEndsAfterMs: number = 7 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
/** Increases that are told apart within a day; older ones of them are added up. */
const maximumRecent = 32;

/** The counters after a reading; the same object when nothing changed, undefined while the disk has none. */
export function followCounters(before: DiskCounters | undefined, health: DiskHealth, atMs: number): DiskCounters | undefined {
  const serialNumber = health.serialNumber === "" ? (before?.serialNumber ?? "") : health.serialNumber;
  // Another disk in the same dock: what was known is not its own.
  const isSameDisk = before === undefined || before.serialNumber === "" || before.serialNumber === serialNumber;
  const known = isSameDisk ? (before?.tracks ?? {}) : {};
  const tracks: Record<string, CounterTrack> = { ...known };
  for (const counter of diskCounters) {
    const value = counter.read(health);
    // Larger ones are no counts of errors, and could not be told apart.
    if (value === undefined || value > Number.MAX_SAFE_INTEGER) continue;
    tracks[counter.name] = followCounter(known[counter.name], Number(value), atMs);
  }
  const names = Object.keys(tracks);
  if (names.length === 0 && before === undefined) return undefined;
  const isSame = before?.serialNumber === serialNumber && names.every((name) => tracks[name] === before.tracks[name]);
  return isSame ? before : { serialNumber, tracks };
}

/** One counter after a value that was observed at a time. */
export function followCounter(before: CounterTrack | undefined, value: number, atMs: number): CounterTrack {
  if (before === undefined || value < before.value) return { baseline: value, baselineAtMs: atMs, value };
  if (value === before.value) return before;
  return { ...before, value, growth: grow(before.growth, before.value, value - before.value, atMs) };
}

/** The counter as it is now becomes what it is judged against: its growth is known and accepted. */
export function rebaseCounter(track: CounterTrack, atMs: number): CounterTrack {
  return { baseline: track.value, baselineAtMs: atMs, value: track.value };
}

function grow(growth: CounterGrowth | undefined, before: number, by: number, observedAtMs: number): CounterGrowth {
  const atMs = Math.max(observedAtMs, growth?.atMs ?? observedAtMs);
  if (growth === undefined || atMs - growth.atMs >= growthEndsAfterMs) {
    return { before, sinceMs: atMs, atMs, by, recent: [[atMs, by]], mostPerDay: by };
  }
  const recent = withoutOldest([...growth.recent.filter(([at]) => atMs - at < dayMs), [atMs, by]]);
  const perDay = recent.reduce((sum, [, each]) => sum + each, 0);
  return { ...growth, atMs, by, recent, mostPerDay: Math.max(growth.mostPerDay, perDay) };
}

function withoutOldest(recent: CounterGrowth["recent"]): CounterGrowth["recent"] {
  const [first, second, ...rest] = recent;
  if (recent.length <= maximumRecent || first === undefined || second === undefined) return recent;
  return [[second[0], first[1] + second[1]], ...rest];
}
