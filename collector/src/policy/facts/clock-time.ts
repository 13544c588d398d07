/** A moment as people say it. */

const dayMs = 86_400_000;

/** "12:03 UTC" of the last 24 hours, else with its date. */
export function clockTime(atMs: number, nowMs: number): string {
  const [date = "", time = ""] = new Date(atMs).toISOString().split("T");
  const clock = `${time.slice(0, 5)} UTC`;
  return Math.abs(nowMs - atMs) < dayMs ? clock : `${date} ${clock}`;
}
