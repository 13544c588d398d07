/** The facts of a node with one of its disks as the fact `disk`: what an expression about a disk is evaluated over. Pure. */
import { groupName, groupText } from "./facts/group-text.ts";
import type { GroupState, KnownFacts } from "./known-facts.ts";

/** The same facts, and the disk with this id (of the block device). It is not known where the disks are not, or where it is none of them. */
export function withDisk(known: KnownFacts, id: string): KnownFacts {
  const { disks } = known.groups;
  const disk = disks.kind === "known" ? known.facts.disks.find((each) => each.id === id) : undefined;
  const { probe, observedAt, freshness } = disks.read;
  const common = { path: groupName("disk"), probe, freshness, ...(observedAt === undefined ? {} : { observedAt }) };
  const state = (): GroupState => {
    if (disks.kind === "unknown") return { kind: "unknown", reason: disks.reason, read: { ...common, value: "" } };
    if (disk === undefined) {
      return { kind: "unknown", reason: `${id} is no disk of this machine that is known`, read: { ...common, value: "" } };
    }
    return { kind: "known", read: { ...common, value: groupText(facts, "disk") } };
  };
  const facts = disk === undefined ? known.facts : { ...known.facts, disk };
  return { facts, groups: { ...known.groups, disk: state() } };
}
