/** What keeps people from being told. Pure. */
import type { NotificationOverview } from "@nodekeeper/shared/api";

/** One sentence for each way that fails; none where nothing is known. */
export function notificationTroubles(overview: NotificationOverview | undefined): readonly string[] {
  if (overview === undefined) return [];
  const { channels, heartbeat } = overview;
  const failing = channels
    .filter(({ state }) => state === "failing")
    .map(({ name, problem, waiting }) => {
      const waits = waiting === 0 ? "" : ` (${waiting.toLocaleString("en")} waiting)`;
      return `Nobody is told by ${name}${waits}: ${problem ?? "it fails"}`;
    });
  const silent =
    heartbeat?.problem === undefined ? [] : [`The heartbeat does not reach ${heartbeat.target}: ${heartbeat.problem}`];
  return [...failing, ...silent];
}
