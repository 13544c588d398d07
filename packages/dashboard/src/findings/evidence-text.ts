/** Evidence as people read it: the name says the unit, the value gets it. Pure. */
import type { Evidence } from "@nodekeeper/shared/api";
import {
  formatAgo,
  formatCelsius,
  formatHertz,
  formatSeconds,
  formatSize,
  formatTimeSpan,
  formatWatts,
} from "@nodekeeper/shared/format";

const units: readonly (readonly [suffix: string, text: (value: number) => string])[] = [
  ["_bytes", formatSize],
  ["_percent", percentText],
  ["_celsius", formatCelsius],
  ["_seconds", (value) => (value < 60 ? formatSeconds(value) : formatTimeSpan(value))],
  ["_milliseconds", (value) => formatSeconds(value / 1_000)],
  ["_ms", (value) => formatSeconds(value / 1_000)],
  ["_minutes", (value) => `${numberText(value)} min`],
  ["_hours", (value) => (value < 48 ? `${numberText(value)} h` : `${numberText(value)} h, ${formatTimeSpan(value * 3_600)}`)],
  ["_days", (value) => `${numberText(value)} d`],
  ["_watts", formatWatts],
  ["_hertz", formatHertz],
];

/** The name without its unit, and the value with it. */
export function evidenceText({ name, value }: Evidence, nowMs: number): readonly [title: string, text: string] {
  if (typeof value === "boolean") return [titleOf(name), value ? "yes" : "no"];
  if (typeof value === "string") return [titleOf(name), isTimestamp(value) ? timeText(value, nowMs) : value];
  if (name === "percentage_used") return ["Used", percentText(value)];
  const unit = units.find(([suffix]) => name.endsWith(suffix));
  if (unit === undefined) return [titleOf(name), numberText(value)];
  return [titleOf(name.slice(0, -unit[0].length)), unit[1](value)];
}

function titleOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function timeText(value: string, nowMs: number): string {
  return `${value.slice(0, 19).replace("T", " ")} UTC, ${formatAgo(value, nowMs)}`;
}

function isTimestamp(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value);
}

/** Not rounded to whole percent: a wear of 0.4 % is not 0 %. */
function percentText(value: number): string {
  return `${numberText(value)} %`;
}

function numberText(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}
