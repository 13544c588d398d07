/** A reservation of a GPU in one line. */
import type { GpuReservation } from "@nodekeeper/shared/api";
import { formatIn } from "@nodekeeper/shared/format";

/** e.g. "siberian: kept for mika for another 2 h 59 min, until 2026-11-22 18:00 UTC: a game". */
export function reservationText({ node, by, reason, until }: GpuReservation, nowMs: number): string {
  const end =
    until === undefined
      ? "until five minutes after it is gone"
      : `for another ${formatIn(until, nowMs).replace(/^in /, "")}, until ${until.slice(0, 16).replace("T", " ")} UTC`;
  return `${node}: kept for ${by} ${end}${reason === "" ? "" : `: ${reason}`}`;
}
