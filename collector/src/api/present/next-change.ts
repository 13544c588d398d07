/** When a picture of a node grows old by itself, without any new word from it. */
import { lostAtMs, staleAtMs } from "../../state/freshness.ts";
import { heartbeatIntervalMs, type NodeView } from "../../state/node-view.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * The first moment after `view.nowMs` at which something that is shown of the node may read differently: an age class changes, or the
 * time of silence in the verdict's reason does (told in minutes, after two hours in hours).
 */
export function nextChangeAtMs(view: NodeView): number {
  const { node, nowMs } = view;
  let nextMs = Number.POSITIVE_INFINITY;
  const consider = (observedAtMs: number, intervalMs: number): void => {
    for (const changeMs of [staleAtMs(observedAtMs, intervalMs) + 1, lostAtMs(observedAtMs)]) {
      if (changeMs > nowMs && changeMs < nextMs) nextMs = changeMs;
    }
  };
  consider(node.lastContactAtMs, heartbeatIntervalMs);
  if (view.freshness !== "fresh") {
    const silentMs = Math.max(0, nowMs - node.lastContactAtMs);
    const stepMs = silentMs < 2 * hourMs ? minuteMs : hourMs;
    nextMs = Math.min(nextMs, nowMs + stepMs - (silentMs % stepMs));
  }
  for (const probe of node.probes.values()) {
    consider(probe.observedAtMs, probe.intervalMs);
    for (const observedAtMs of probe.subjects.times()) consider(observedAtMs, probe.intervalMs);
  }
  return nextMs;
}
