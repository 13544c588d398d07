/** A time as people type it: 22:00 is the next one, 2026-11-24T22:00 is by this machine's time zone, and with Z or an offset by that. */
import { AppError } from "@nodekeeper/shared";

/** ms since 1970; throws CONFIG_INVALID, also for what is over. */
export function readTime(text: string, nowMs: number): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) {
    const time = new Date(nowMs);
    time.setHours(Number(hours), Number(minutes), 0, 0);
    if (time.getTime() <= nowMs) time.setDate(time.getDate() + 1);
    return time.getTime();
  }
  const atMs = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new AppError("CONFIG_INVALID", `expected a time such as 22:00 or 2026-11-24T22:00, got "${text}"`);
  if (atMs < nowMs) throw new AppError("CONFIG_INVALID", `${text} is over: leave it out to begin now`);
  return atMs;
}
