/** Numbers of a node that are worth showing as "now". */
import { freshnessOf } from "../../state/freshness.ts";
import type { NodeView, SubjectView } from "../../state/node-view.ts";

/**
 * Whether a subject's samples may stand for the node's present. While the node speaks, only fresh ones may: an old number beside new ones
 * would pass for new. Of a silent node the last ones stand, and its freshness says so.
 */
export function hasCurrentSamples(view: NodeView, subject: SubjectView): boolean {
  if (subject.samplesAtMs === undefined) return false;
  if (view.freshness !== "fresh") return true;
  const intervalMs = view.node.probes.get(subject.probe)?.intervalMs ?? 0;
  return freshnessOf(subject.samplesAtMs, intervalMs, view.nowMs) === "fresh";
}

/** A sample of a subject; undefined when it is unknown or too old to show. */
export function latestNumber(view: NodeView, subject: SubjectView | undefined, name: string): number | undefined {
  if (subject === undefined || !hasCurrentSamples(view, subject)) return undefined;
  const value = subject.samples.get(name);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}
