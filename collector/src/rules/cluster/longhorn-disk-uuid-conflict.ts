/**
 * A folder that Longhorn takes for one disk holds another one: its longhorn-disk.cfg has another UUID than Longhorn remembers, or two of its disks are
 * one filesystem (Longhorn's reason DiskFilesystemChanged). Longhorn uses such a disk no more, and its replicas are not what is found there. Two
 * witnesses: what the agent read from the file, and what Longhorn says. The entry is Longhorn's, and nothing here deletes it.
 */
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import { evidenceOf } from "../support/evidence.ts";
import { type LonghornDiskSeen, longhornDisksOf, readyCondition } from "../support/longhorn-disks.ts";

export const longhornDiskUuidConflict: ClusterRule = defineClusterRule({
  code: "longhorn-disk-uuid-conflict",
  title: "Longhorn's disk is another one",
  severity: "high",
  holdMs: 2 * 60_000, // what is mounted anew is read within that
  clearMs: 60_000,
  isWhole: ({ longhorn }) => longhorn !== undefined,
  evaluate: (view) => longhornDisksOf(view).map((seen) => judge(seen, view)),
});

function judge(seen: LonghornDiskSeen, view: ClusterRuleView): Verdict {
  const { disk, match, subject, shown } = seen;
  const ready = readyCondition(disk);
  const facts = { path: disk.path, disk_uuid: disk.status?.uuid, longhorn_says: ready?.message };
  if (match.kind === "mismatched" && match.problem === "other-uuid") {
    const elsewhere = holderOf(disk.status?.uuid ?? "", view);
    return {
      ...{ kind: "raise", subject },
      text: `Longhorn's disk ${shown} is not what is there: ${match.text}`,
      action: `${elsewhere === undefined ? "Mount the filesystem that belongs there" : `The disk itself is now in ${elsewhere}: mount it there and add it in Longhorn as a disk of that node, or bring it back`}. Where the old one is lost, take its entry out in Longhorn by hand once its replicas are healthy elsewhere; nodekeeper deletes none.`,
      evidence: evidenceOf({ ...facts, disk_is_in: elsewhere }, view.nowMs),
    };
  }
  if (ready?.reason === "DiskFilesystemChanged" && ready.status !== "True") {
    const twins = twinsOf(seen, view);
    return {
      ...{ kind: "raise", subject },
      text: `Longhorn's disk ${shown} is not used: its filesystem is ${twins === "" ? "not the one that it was" : `also that of ${twins}`}`,
      action: `Two folders of one filesystem cannot be two disks, and an unmounted folder is part of the filesystem above it. Mount at ${disk.path} what belongs there, or take the entry that is too much out in Longhorn by hand; nodekeeper deletes none.`,
      evidence: evidenceOf(facts, view.nowMs),
    };
  }
  if (match.kind === "unknown" && ready === undefined) return { kind: "hold", subject, reason: match.reason };
  return { kind: "clear", subject };
}

/** The machine whose agent found the file of the disk in one of its folders. */
function holderOf(uuid: string, { nodes, machine }: ClusterRuleView): string | undefined {
  if (uuid === "") return undefined;
  return nodes.find(({ name }) => {
    const folders = [...(machine(name)?.probes.get("disks")?.subjects.values() ?? [])];
    return folders.some(({ value }) => value?.case === "longhornDisk" && value.value.diskUuid === uuid);
  })?.name;
}

/** Others of Longhorn's disks on the same node that lie on the same filesystem, as the agent sees it. */
function twinsOf({ node, disk, match }: LonghornDiskSeen, view: ClusterRuleView): string {
  const others = longhornDisksOf(view).filter((other) => other.node === node && other.disk !== disk);
  const twins = others.filter(
    (other) => other.match.kind === "matched" && match.kind === "matched" && other.match.mountPoint === match.mountPoint,
  );
  return twins.map((twin) => `${twin.disk.name} (${twin.disk.path})`).join(", ");
}
