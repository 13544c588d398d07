/** Times that the node tells, by its own clock. */
import type { NodeView } from "../../state/node-view.ts";

/** A time by the node's clock, in ms by ours; undefined where it, or the node's clock, is not known: after our own restart until its next report. */
export function onOurClock(atUnixMs: bigint | undefined, view: NodeView): number | undefined {
  const { clockSkewMs } = view.node;
  return atUnixMs === undefined || clockSkewMs === undefined ? undefined : Number(atUnixMs) - clockSkewMs;
}

/** To the second: the difference of the clocks is not known any better. */
export function isoTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(Math.round(atMs / 1000) * 1000).toISOString();
}
