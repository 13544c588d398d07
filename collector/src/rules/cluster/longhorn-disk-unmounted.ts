/**
 * Longhorn says that a disk is not ready, and the agent sees that nothing is mounted there, or that what is mounted has none of Longhorn's files: the
 * filesystem is missing, not the disk broken. Where the agent knows by itself that something belongs there (fstab, an earlier run), it says so in
 * longhorn-path-unmounted, and it is not said twice.
 */
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import { isFreshAndOk, viewNode } from "../../state/node-view.ts";
import { evidenceOf } from "../support/evidence.ts";
import { type LonghornDiskSeen, longhornDisksOf, readyCondition } from "../support/longhorn-disks.ts";

export const longhornDiskUnmounted: ClusterRule = defineClusterRule({
  code: "longhorn-disk-unmounted",
  title: "Longhorn's disk is not mounted",
  severity: "high",
  holdMs: 2 * 60_000, // a disk that spins up slowly is mounted by then
  clearMs: 60_000,
  isWhole: ({ longhorn }) => longhorn !== undefined,
  evaluate: (view) => longhornDisksOf(view).map((seen) => judge(seen, view)),
});

function judge({ node, disk, match, subject, shown }: LonghornDiskSeen, view: ClusterRuleView): Verdict {
  if (disk.status?.isReady === true) return { kind: "clear", subject };
  if (match.kind === "unknown") return { kind: "hold", subject, reason: match.reason };
  if (match.kind === "matched" || match.problem === "other-uuid") return { kind: "clear", subject };
  if (isToldByAgent(node.name, disk.path, view)) return { kind: "clear", subject };
  const ready = readyCondition(disk);
  return {
    ...{ kind: "raise", subject },
    text: `Longhorn's disk ${shown} is not ready, since ${match.text}`,
    action:
      match.problem === "unmounted"
        ? `Mount on ${node.name} what belongs at ${disk.path} (blkid names the filesystems, fstab should), before anything is written below it.`
        : `Look on ${node.name} whether the right filesystem is mounted at ${disk.path} (findmnt ${disk.path}); where it was formatted, its replicas are lost, and the disk is added in Longhorn anew.`,
    evidence: evidenceOf({ path: disk.path, disk_uuid: disk.status?.uuid, longhorn_says: ready?.message }, view.nowMs),
  };
}

function isToldByAgent(name: string, path: string, { machine, nowMs }: ClusterRuleView): boolean {
  const node = machine(name);
  if (node === undefined) return false;
  const folder = path.replace(/(.)\/+$/, "$1");
  const { subjects } = viewNode({ ...node, probes: new Map([...node.probes].filter(([probe]) => probe === "longhorn")) }, nowMs);
  return subjects.some((each) => each.kind === "longhorn_path" && each.id === folder && isFreshAndOk(each));
}
