/** A time in a policy file: 30s, 15m, 26h. */
import { formatDuration, parseDuration } from "@nodekeeper/shared";
import type { ProblemSheet } from "./problem-sheet.ts";
import { scalarOf, textOf, type YamlValue } from "./yaml-values.ts";

/** Reads it, in ms; undefined where it is none, or not within the limits. */
export function readDuration(
  value: YamlValue,
  { leastMs = 0, mostMs }: { readonly leastMs?: number; readonly mostMs: number },
  sheet: ProblemSheet,
): number | undefined {
  const scalar = scalarOf(value);
  const text = typeof scalar?.value === "number" ? scalar.source : textOf(value, sheet); // a number lacks its unit
  if (text === undefined) return undefined;
  try {
    const durationMs = parseDuration(text);
    if (durationMs >= leastMs && durationMs <= mostMs) return durationMs;
    const limit = durationMs < leastMs ? `at least ${formatDuration(leastMs)}` : `at most ${formatDuration(mostMs)}`;
    sheet.add(value.offset, `${value.path}: ${limit}, got ${text}`);
  } catch (thrown) {
    sheet.add(value.offset, `${value.path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return undefined;
}
