/**
 * (counters, reading) → counters. Pure. The first value is the baseline, a fall makes a new one, and growth is remembered. Disks are known that answer 0
 * once and then their old number, so that a fall is believed when the next reading says so, too: then what was lost is counted on.
 */
import type { DiskHealth } from "@nodekeeper/proto";
import type { CounterGrowth, CounterTrack, DiskCounters, FallenCounter } from "../state/node-inventory.ts";
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
  if (before === undefined) return { baseline: value, baselineAtMs: atMs, value };
  const { fallen, ...track } = before;
  if (value < track.value) return fall(before, fallen, value, atMs);
  if (value === track.value) return fallen === undefined ? before : track;
  return { ...track, value, growth: grow(track.growth, track.value, value - track.value, atMs) };
}

/** The counter as it is now becomes what it is judged against: its growth is known and accepted. */
export function rebaseCounter({ value, lost }: CounterTrack, atMs: number): CounterTrack {
  return { baseline: value, baselineAtMs: atMs, value, ...(lost === undefined ? {} : { lost }) };
}

/** All that the disk ever counted while it was looked at, and what it brought along: it never falls. */
export function countedInAll({ value, lost = 0 }: CounterTrack): number {
  return value + lost;
}

/** The second reading below the last number: it was set back, and what it counted since then is growth. */
function fall(before: CounterTrack, fallen: FallenCounter | undefined, value: number, atMs: number): CounterTrack {
  if (fallen === undefined) return { ...before, fallen: { value, atMs } };
  if (atMs <= fallen.atMs) return before; // the same reading, or one from before it
  const baseline = Math.min(fallen.value, value);
  const lost = countedInAll(before) - baseline;
  const anew: CounterTrack = { baseline, baselineAtMs: fallen.atMs, value: baseline, lost };
  return value === baseline ? anew : { ...anew, value, growth: grow(undefined, baseline, value - baseline, atMs) };
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
