/** What a Node is to say to Longhorn before Longhorn takes its first disks there, and when it has served. */
import { decideNodeTags } from "../../policy/decide-tags.ts";
import type { KnownFacts } from "../../policy/known-facts.ts";
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import type { Decision, Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import { type DefaultDisk, defaultDisks } from "./default-disks.ts";
import {
  type DefaultedNode,
  diskLabel,
  disksAnnotation,
  hadDisksAnnotation,
  seeDefaults,
  tagsAnnotation,
} from "./see-defaults.ts";

/** Decides. Nothing is said of a Node that needs none. */
export function decideDefaults(world: World, key: string): Decision {
  const { policy, longhorn, nowMs, startedAtMs } = world;
  const live = world.cluster.node(key);
  if (live === undefined) return hold("the cluster has no Node of this name");
  const seen = seeDefaults(live, policy.domain);
  const none = (text: string): Decision => ({ kind: "items", items: withoutOurs(seen, whyOf(world, text)) });
  if (policy.storage.defaultDisks.length === 0) return none("the policy names no disks for new nodes");
  if (longhorn.knowledge.kind === "unknown") return hold("what there is of Longhorn is not known yet");
  if (longhorn.knowledge.kind === "absent") return none("there is no Longhorn");
  if (longhorn.setting("create-default-disk-labeled-nodes") !== "true")
    return none("Longhorn does not wait to be told the disks of new nodes (its setting create-default-disk-labeled-nodes)");
  const afterwards = afterFirstDisks(world, key, seen);
  if (afterwards !== undefined) return afterwards;

  const node = world.node(key);
  const isClusterListed = world.cluster.knowledge.kind === "known";
  const facts = knownFactsOf({ node, clusterNode: live, isClusterListed, nowMs, startedAtMs });
  const isLonghorns = policy.onboarding.longhorn?.evaluate(facts);
  if (isLonghorns?.kind === "undecided") return hold(isLonghorns.reason);
  if (isLonghorns?.value === false) return none("the policy wants no Longhorn on this machine");
  if (node === undefined || facts.groups.disks.kind === "unknown") return hold(reasonOf(facts));
  const told = defaultDisks({ node, facts, storage: policy.storage, longhorn, nowMs, startedAtMs });
  if (told.kind === "wait") return hold(told.reason);
  const leftOut = told.leftOut.length === 0 ? "" : `; left out: ${told.leftOut.join(", ")}`;
  if (told.disks.length === 0) return none(`none of the folders that the policy names can be a disk here${leftOut}`);
  const why = { ...whyOf(world, `Longhorn waits for the disks of this node${leftOut}`), facts: [facts.groups.disks.read] };
  return { kind: "items", items: wantedOf(seen, told.disks, nodeTagsOf(world, facts), why) };
}

/**
 * Where Longhorn has disks, or had: what was said has served. While it stood there, the disks and tags that somebody takes away would come back by it;
 * and who takes away the last disk to put in another one does not ask for new ones.
 */
function afterFirstDisks(world: World, key: string, seen: DefaultedNode): Decision | undefined {
  const { longhorn, policy } = world;
  const item = hadDisksAnnotation(policy.domain);
  const node = longhorn.node(key);
  if (node?.isDeleting === true) return hold("Longhorn is taking its node away");
  const hadDisks = seen.items.get(item);
  if (node !== undefined && node.disks.size > 0)
    return served(seen, item, node.uid, whyOf(world, "Longhorn has disks on this node"));
  // Of another node of Longhorn under this name it says nothing; what somebody else wrote there is meant for all.
  if (hadDisks === undefined || (hadDisks.owner !== "foreign" && hadDisks.value !== node?.uid)) return undefined;
  const text = `Longhorn had disks on this node, and all were taken away: it is given none again while the annotation ${item} stands on the Node`;
  return served(seen, item, hadDisks.value, whyOf(world, text));
}

/** Nobody selects by what has served, and a new machine is not kept waiting by what is to go: it goes at once. */
function served(seen: DefaultedNode, item: string, value: string, because: Why): Decision {
  const why = { ...because, isDeclared: true };
  return { kind: "items", items: new Map([...withoutOurs(seen, why), [item, { kind: "value", value, why }]]) };
}

/** All that is ours goes. */
function withoutOurs({ ledger }: DefaultedNode, why: Why): ReadonlyMap<string, Wanted> {
  return new Map([...ledger.keys()].map((item) => [item, { kind: "absent", why }]));
}

/** Label and disks only together: one without the other says nothing, or what somebody else meant. */
function wantedOf(
  seen: DefaultedNode,
  disks: readonly DefaultDisk[],
  nodeTags: readonly string[],
  why: Why,
): ReadonlyMap<string, Wanted> {
  const wanted = (value: string, reason: string | undefined): Wanted =>
    reason === undefined ? { kind: "value", value, why } : { kind: "hold", reason, why };
  const json = JSON.stringify(disks);
  const theirs = theirsOf(seen, diskLabel, "config") ?? theirsOf(seen, disksAnnotation, json);
  const items = new Map([
    ...withoutOurs(seen, { ...why, isDeclared: true }),
    [diskLabel, wanted("config", theirs)],
    [disksAnnotation, wanted(json, theirs)],
  ]);
  if (nodeTags.length === 0) return items;
  const tags = JSON.stringify(nodeTags);
  return items.set(tagsAnnotation, wanted(tags, theirsOf(seen, tagsAnnotation, tags)));
}

/** Why an item is somebody else's to say; undefined where it is not. Longhorn reads its label in any case of letters. */
function theirsOf({ items, ledger }: DefaultedNode, item: string, value: string): string | undefined {
  const live = items.get(item);
  if (live === undefined) return ledger.has(item) ? `somebody took ${item} away by hand, and it stays away` : undefined;
  const isSame = (item === diskLabel ? live.value.toLowerCase() : live.value) === value;
  return live.owner === "ours" || isSame ? undefined : `somebody else wrote ${item} on the Node, which stays as it is`;
}

/** Those that are true; where volumes are not placed on tagged nodes, none gets its first tag of us. */
function nodeTagsOf({ policy, longhorn }: World, facts: KnownFacts): readonly string[] {
  if (longhorn.setting("allow-empty-node-selector-volume") === "false") return [];
  const tags = decideNodeTags(policy.storage, facts);
  return tags.flatMap(({ tag, decided }) => (decided.kind === "value" && decided.value === true ? [tag] : [])).sort();
}

function reasonOf({ groups: { disks } }: KnownFacts): string {
  return disks.kind === "unknown" ? disks.reason : "no agent was heard of from this node";
}

function whyOf({ policy }: World, text: string): Why {
  return { text, place: policy.source, expression: "", facts: [] };
}

function hold(reason: string): Decision {
  return { kind: "hold", reason };
}
