/** What a sample may be, by its name: the unit stands in it. */
import { celsius } from "./limits.ts";

/** Bounds of one sample, both included. */
export interface SampleRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Names that the unit alone does not tell. */
const byName: ReadonlyMap<string, SampleRange> = new Map([
  // Wear by the vendor's estimate goes past 100 and ends at 255.
  ["percentage_used", { minimum: 0, maximum: 255 }],
  // A clock may be slow as well as fast.
  ["offset_seconds", { minimum: -1e11, maximum: 1e11 }],
]);

/** By the end of the name; the first that fits. */
const bySuffix: readonly (readonly [string, SampleRange])[] = [
  ["_total", { minimum: 0, maximum: 2 ** 64 }],
  ["_percent", { minimum: 0, maximum: 100 }],
  ["_celsius", celsius],
  ["_bytes", { minimum: 0, maximum: 2 ** 60 }],
  ["_seconds", { minimum: 0, maximum: 1e11 }],
  ["_hours", { minimum: 0, maximum: 8_766_000 }],
  ["_rpm", { minimum: 0, maximum: 1_000_000 }],
  ["_volts", { minimum: -10_000, maximum: 10_000 }],
  ["_hertz", { minimum: 0, maximum: 1e11 }],
  ["_joules_total", { minimum: 0, maximum: 1e18 }],
  ["_watts", { minimum: -1_000_000, maximum: 1_000_000 }],
];

const boolean: SampleRange = { minimum: 0, maximum: 1 };
/** Loads, counts of things, inodes: never negative in all that agents send. */
const quantity: SampleRange = { minimum: 0, maximum: 2 ** 64 };

/** The bounds of a sample of this name. */
export function sampleRange(name: string): SampleRange {
  const named = byName.get(name);
  if (named !== undefined) return named;
  if (name.startsWith("is_") || name.startsWith("has_")) return boolean;
  return bySuffix.find(([suffix]) => name.endsWith(suffix))?.[1] ?? quantity;
}
