/** Whether people switch a machine on and off as they need it: what does not run on it now may be meant to rest. */
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { onOurClock } from "./node-clock.ts";

/** So many shutdowns in so long are a habit; updates restart a server less often. */
const shutdownCount = 3;
const spanMs = 14 * 24 * 3_600_000;

/** By its own list of boots; false where it has none. */
export function isIntermittent(view: NodeView): boolean {
  const boots = valuesOf(view, "bootHistory")[0]?.value.boots ?? [];
  const shutdowns = boots.filter((boot) => {
    const endedAtMs = onOurClock(boot.endedAtUnixMs, view);
    return boot.wasShutDown === true && endedAtMs !== undefined && view.nowMs - endedAtMs < spanMs;
  });
  return shutdowns.length >= shutdownCount;
}
