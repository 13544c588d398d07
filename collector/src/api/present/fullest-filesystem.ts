/** The filesystem that will be full first. */

import { Outcome } from "@nodekeeper/proto";
import type { NodeSummary } from "@nodekeeper/shared/api";
import { type NodeView, type SubjectView, valuesOf } from "../../state/node-view.ts";
import { hasCurrentSamples } from "./latest-number.ts";

/**
 * The fullest of the filesystems that can be written and lie on this machine, as `df` counts: a read-only one is meant to be full, and a
 * share is full on its server. Undefined when the usage of none is known.
 */
export function fullestFilesystem(view: NodeView): NodeSummary["fullestFilesystem"] {
  let fullest: NodeSummary["fullestFilesystem"];
  for (const { subject, value } of valuesOf(view, "filesystem")) {
    if (subject.outcome === Outcome.ABSENT || value.isReadOnly === true || value.isRemote === true) continue;
    const usedPercent = hasCurrentSamples(view, subject) ? usedPercentOf(subject) : undefined;
    if (usedPercent === undefined || (fullest !== undefined && usedPercent <= fullest.usedPercent)) continue;
    fullest = { mountPoint: value.mountPoint, usedPercent };
  }
  return fullest;
}

/** Used of what users may use: blocks reserved for root count as neither used nor free, as in df(1). */
function usedPercentOf({ samples }: SubjectView): number | undefined {
  const used = samples.get("used_bytes") ?? Number.NaN;
  const usable = used + (samples.get("available_bytes") ?? Number.NaN);
  return usable > 0 ? (100 * used) / usable : undefined;
}
