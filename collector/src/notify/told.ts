/** How the memory of what was told goes on. Pure. */
import type { Severity } from "@nodekeeper/shared/api";
import { compareSeverity } from "../evaluate/severity.ts";
import type { NoticeItem, Told } from "./notice.ts";

/** Told too often within this time it flaps; calm is when it neither came nor went for so long. */
const flappingMs = 3_600_000;

/** The memory after a notice. */
export function afterTelling(told: Told | undefined, { telling, finding }: NoticeItem, noticeId: string, atMs: number): Told {
  const before = { finding, noticeId, toldAtMs: recentOf(told, atMs), ...advisedOf(told?.advisedAtMs) };
  if (telling === "advice") return { ...before, state: "over", severity: finding.severity, advisedAtMs: atMs };
  if (telling === "resolved") return { ...before, state: "over", severity: finding.severity };
  const open = told?.state === "open" ? told : undefined;
  const levels = [open?.level, finding.measure?.level].filter((level) => level !== undefined);
  return {
    ...before,
    state: "open",
    severity: open === undefined ? finding.severity : louder(open.severity, finding.severity),
    ...(levels.length === 0 ? {} : { level: Math.max(...levels) }),
    toldAtMs: [...before.toldAtMs, atMs],
    ...(telling === "flapping" ? { flapping: { isFiring: true, movedAtMs: atMs } } : {}),
  };
}

/** The memory when a notice was given up: as it was before. Undefined: there was none. */
export function afterGivingUp(told: Told, { before }: NoticeItem): Told | undefined {
  return before === undefined ? undefined : { ...before, finding: told.finding };
}

/** When it was told that it fires, within the last hour. A time that is not yet was told before the clock was set. */
export function recentOf(told: Told | undefined, nowMs: number): readonly number[] {
  return (told?.toldAtMs ?? []).filter((atMs) => isRecent(atMs, nowMs));
}

/** Whether it was within the time that is looked at for flapping. */
export function isRecent(atMs: number, nowMs: number): boolean {
  return atMs > nowMs - flappingMs && atMs <= nowMs;
}

/** Whether nothing would be told otherwise without it. */
export function isForgettable(told: Told, nowMs: number): boolean {
  return told.state === "over" && told.advisedAtMs === undefined && recentOf(told, nowMs).length === 0;
}

function louder(a: Severity, b: Severity): Severity {
  return compareSeverity(a, b) <= 0 ? a : b;
}

function advisedOf(advisedAtMs: number | undefined): Pick<Told, "advisedAtMs"> {
  return advisedAtMs === undefined ? {} : { advisedAtMs };
}
