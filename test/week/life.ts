/** What happens in the house in a week, as everybody knows it and nobody wants to be told of: when who is there, plays, computes, or is upgraded. */
import type { MachineName } from "./machines.ts";

/** When the week begins: a Monday at noon, a day after the machines were recorded. */
export const weekStartMs: number = Date.UTC(2025, 10, 24, 12);
/** A minute, an hour and a day, in ms. */
export const minuteMs = 60_000;
export const hourMs: number = 60 * minuteMs;
export const dayMs: number = 24 * hourMs;

/** An agent is not heard for a while. */
export interface Absence {
  readonly machine: MachineName;
  readonly fromMs: number;
  readonly untilMs: number;
  /** As its Goodbye says; undefined: it just goes. */
  readonly goodbye: "shutdown" | "reboot" | "suspend" | "upgrade" | undefined;
  /** What goes on meanwhile. off: nothing; agent-off: the machine without its agent; cut: both, and what the agent observes waits in its spool. */
  readonly kind: "off" | "agent-off" | "cut";
}

/** All that agents are away in so many days, in order. `random` chooses the moments that nobody chooses. */
export function absencesOf(days: number, random: () => number): readonly Absence[] {
  const absences: Absence[] = [];
  const add = (machine: MachineName, fromMs: number, forMs: number, goodbye: Absence["goodbye"], kind: Absence["kind"]): void => {
    absences.push({ machine, fromMs, untilMs: fromMs + forMs, goodbye, kind });
  };
  for (let day = 0; day < days; day++) {
    const noonMs = weekStartMs + day * dayMs;
    add("siberian", noonMs + 11.5 * hourMs, 9.5 * hourMs, "shutdown", "off");
    // The Pi's way over Wi-Fi.
    for (let hour = 2; hour < 24; hour += 7)
      add("bobcat", noonMs + (hour + 4 * random()) * hourMs, (20 + 70 * random()) * 1_000, undefined, "cut");
  }
  const upgradeMs = weekStartMs + 26 * hourMs;
  (["neko", "neko2", "panther", "bobcat", "siberian"] as const).forEach((machine, index) => {
    add(machine, upgradeMs + index * 2 * minuteMs, 25_000, "upgrade", "agent-off");
  });
  // Upgrades of the system, each with a restart, one machine after the other.
  const rebootMs = weekStartMs + 40.5 * hourMs;
  add("panther", rebootMs, 110_000, "reboot", "off");
  add("neko2", rebootMs + 3 * dayMs, 140_000, "reboot", "off");
  add("siberian", weekStartMs + 3 * dayMs + 1.2 * hourMs, 55 * minuteMs, "suspend", "off");
  return absences.filter(({ untilMs }) => untilMs < weekStartMs + days * dayMs).toSorted((a, b) => a.fromMs - b.fromMs);
}

/** The collector is killed every second day and more often, and stopped once, when it is upgraded. */
export function collectorEndsOf(days: number): readonly { readonly atMs: number; readonly how: "kill" | "stop" }[] {
  const all = [
    { atMs: weekStartMs + 16.5 * hourMs + 17_345, how: "kill" },
    { atMs: weekStartMs + 26 * hourMs + 14 * minuteMs, how: "stop" },
    { atMs: weekStartMs + 35.5 * hourMs + 21_000, how: "kill" },
    { atMs: weekStartMs + 3 * dayMs + 13.1 * hourMs, how: "kill" },
    { atMs: weekStartMs + 5 * dayMs + 9 * hourMs + 41_000, how: "kill" },
  ] as const;
  return all.filter(({ atMs }) => atMs < weekStartMs + days * dayMs);
}

/** Hours since midnight UTC, with fractions. */
export function hourOf(atMs: number): number {
  return (atMs % dayMs) / hourMs;
}

/** Every night the two networks cannot see each other for a while. */
export function isRelayedAt(atMs: number): boolean {
  const hour = hourOf(atMs);
  return hour >= 3.2 && hour < 3.6;
}

/** Whether somebody plays on siberian. */
export function isGameAt(atMs: number): boolean {
  const hour = hourOf(atMs);
  return Math.floor(atMs / dayMs) % 2 === 1 ? hour >= 19.5 && hour < 22.4 : hour >= 20.5 && hour < 21.2;
}

/** Until when a model stays loaded; undefined: none is. */
export function modelUntilMs(machine: MachineName, atMs: number): number | undefined {
  const inHourMs = atMs % hourMs;
  const hour = Math.floor(hourOf(atMs));
  if (machine === "panther") return hour % 3 === 0 && inHourMs < 12 * minuteMs ? atMs - inHourMs + 12 * minuteMs : undefined;
  if (machine !== "siberian" || ![10, 13, 15, 18].includes(hour)) return undefined;
  return inHourMs < 48 * minuteMs ? atMs - inHourMs + 48 * minuteMs : undefined;
}

/** When the nightly backup of Longhorn's volumes ended last. */
export function lastBackupMs(atMs: number): number {
  const atTwoMs = Math.floor(atMs / dayMs) * dayMs + 2 * hourMs;
  return (atTwoMs <= atMs ? atTwoMs : atTwoMs - dayMs) + 7 * minuteMs;
}
