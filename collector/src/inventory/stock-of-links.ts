/** (links remembered, readings of devices) → links remembered. Pure. Of each device the best link that it ever had in the slot in which it is now. */
import { Outcome, type PcieLink } from "@nodekeeper/proto";
import type { NodeInventory, SeenLink } from "../state/node-inventory.ts";
import type { ProbeState } from "../state/node-state.ts";
import { type SubjectState, subjectKey } from "../state/subject-state.ts";

/** Devices of one node; more is no machine. */
const maximumLinks = 64;

/** By what the link of a subject is remembered. */
export function linkKey({ kind, id }: Pick<SubjectState, "kind" | "id">): string {
  return subjectKey(kind, id);
}

/** Takes the links of what a probe has just read; the same object when none is better than what was seen. */
export function stockOfLinks(inventory: NodeInventory, probe: ProbeState): NodeInventory {
  const known = inventory.links ?? {};
  let links = known;
  for (const subject of probe.subjects.values()) {
    if (subject.outcome !== Outcome.OK || subject.observedAtMs !== probe.observedAtMs) continue;
    const link = linkOf(subject);
    const key = linkKey(subject);
    const before = links[key];
    const after = link && better(before, link);
    if (after === undefined || after === before) continue;
    if (before === undefined && Object.keys(links).length >= maximumLinks) continue;
    links = { ...links, [key]: after };
  }
  return links === known ? inventory : { ...inventory, links };
}

function linkOf({ value }: SubjectState): PcieLink | undefined {
  if (value?.case === "blockDevice" || value?.case === "gpu") return value.value.pcieLink;
  return undefined;
}

/** Another slot is another link. Of one that sleeps nothing is known. */
function better(before: SeenLink | undefined, link: PcieLink): SeenLink | undefined {
  const { address, laneCount, gigatransfersPerSecond, isSuspended } = link;
  if (isSuspended === true || address === "" || laneCount === undefined || gigatransfersPerSecond === undefined) return before;
  if (before === undefined || before.address !== address) return { address, laneCount, gigatransfersPerSecond };
  if (laneCount <= before.laneCount && gigatransfersPerSecond <= before.gigatransfersPerSecond) return before;
  return {
    address,
    laneCount: Math.max(laneCount, before.laneCount),
    gigatransfersPerSecond: Math.max(gigatransfersPerSecond, before.gigatransfersPerSecond),
  };
}
