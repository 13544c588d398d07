/**
 * A StorageClass or volumes want tags that no disk and node of Longhorn's has together: a new volume of the class gets no replica, and one that loses a
 * replica gets it back nowhere. One finding for each set of tags, however many volumes want it. Whether there is room is Longhorn's to say.
 */
import { inWords } from "@nodekeeper/shared";
import { type ClusterRule, type ClusterRuleView, defineClusterRule, type LonghornFacts } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";

export const longhornSelectorUnmeetable: ClusterRule = defineClusterRule({
  code: "longhorn-selector-unmeetable",
  title: "No disk has the tags that volumes want",
  severity: "medium",
  holdMs: 10 * 60_000, // a node object that was made anew gets its tags again
  clearMs: 0,
  isWhole: ({ longhorn }) => longhorn !== undefined,
  evaluate: judge,
});

/** What is wanted, and who wants it. */
interface Wish {
  readonly diskSelector: readonly string[];
  readonly nodeSelector: readonly string[];
  readonly classes: string[];
  readonly volumes: string[];
  hasDegraded: boolean;
}

function judge({ longhorn }: ClusterRuleView): readonly Verdict[] {
  const nodes = longhorn?.nodes() ?? [];
  if (longhorn === undefined || nodes.length === 0) return [];
  return [...wishesOf(longhorn)].filter(([, wish]) => !isMet(wish, nodes)).map(([key, wish]) => verdictOf(key, wish));
}

function verdictOf(key: string, { diskSelector, nodeSelector, classes, volumes, hasDegraded }: Wish): Verdict {
  const parts = [
    ...(diskSelector.length === 0 ? [] : [`disk tags ${shownTags(diskSelector)}`]),
    ...(nodeSelector.length === 0 ? [] : [`node tags ${shownTags(nodeSelector)}`]),
  ];
  const wanting = [
    ...(classes.length === 0 ? [] : [`${classes.length === 1 ? "StorageClass" : "StorageClasses"} ${inWords(classes)}`]),
    ...(volumes.length === 0 ? [] : [`${volumes.length === 1 ? "volume" : "volumes"} ${inWords(volumes)}`]),
  ];
  const hasSpace = [...diskSelector, ...nodeSelector].some((tag) => tag !== tag.trim());
  const space = "Longhorn splits the list at its commas and keeps the spaces, which no tag can have: write it without them";
  return {
    ...{ kind: "raise", subject: { kind: "longhorn-selector", id: key } },
    severity: hasDegraded ? "high" : "medium",
    text: `no disk of Longhorn's has what ${wanting.join(" and ")} ${classes.length + volumes.length === 1 ? "wants" : "want"}: ${parts.join(" on a node with ")}${hasSpace ? " (with a space)" : ""}`,
    action: hasSpace
      ? `${space}. The parameters of a StorageClass cannot be changed: make it anew.`
      : "Give the tags to disks and nodes that are to hold them (the policy's storage section, or Longhorn's page), or take the wish out of the class or the volume.",
    evidence: [
      { name: "disk_selector", value: diskSelector.join(",") },
      { name: "node_selector", value: nodeSelector.join(",") },
      { name: "classes", value: classes.length },
      { name: "volumes", value: volumes.length },
    ],
  };
}

function wishesOf(longhorn: LonghornFacts): ReadonlyMap<string, Wish> {
  const wishes = new Map<string, Wish>();
  const wishOf = ({ diskSelector, nodeSelector }: Pick<Wish, "diskSelector" | "nodeSelector">): Wish => {
    const key = `disk=${diskSelector.join(",")} node=${nodeSelector.join(",")}`;
    const wish = wishes.get(key) ?? { diskSelector, nodeSelector, classes: [], volumes: [], hasDegraded: false };
    wishes.set(key, wish);
    return wish;
  };
  for (const each of longhorn.storageClasses()) wishOf(each).classes.push(each.name);
  for (const volume of longhorn.volumes()) {
    const wish = wishOf(volume);
    wish.volumes.push(volume.claim === undefined ? volume.name : `${volume.claim.namespace}/${volume.claim.name}`);
    wish.hasDegraded ||= volume.robustness === "degraded";
  }
  return wishes;
}

/** By tags alone. Where nothing is wanted, the settings decide whether what is tagged serves too (allow-empty-…-selector-volume). */
function isMet({ diskSelector, nodeSelector }: Wish, nodes: readonly LonghornNode[]): boolean {
  if (diskSelector.length + nodeSelector.length === 0) return true;
  return nodes.some(
    ({ tags, disks }) => hasAll(tags, nodeSelector) && [...disks.values()].some((disk) => hasAll(disk.tags, diskSelector)),
  );
}

function hasAll(tags: readonly string[], selector: readonly string[]): boolean {
  return selector.every((tag) => tags.includes(tag));
}

function shownTags(tags: readonly string[]): string {
  return tags.map((tag) => `"${tag}"`).join(" and ");
}
