/** What is wanted of Longhorn's node: tags by what its disks are, switches by how they are. What cannot be told stays as it is. */
import { matchDisks } from "../../longhorn/match-disks.ts";
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import type { Decision, Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import { wantedSwitches } from "./decide-health.ts";
import { wantedDiskTags, wantedNodeTags } from "./decide-tags-of.ts";
import { itemOf } from "./longhorn-items.ts";
import { takes, withRestraint } from "./restraint.ts";
import { type LonghornDisksSeen, seeLonghornDisks } from "./see-longhorn-disks.ts";
import { subjectsOf } from "./why-not.ts";

/** What was decided, and whether it hangs on what others have in Longhorn: volumes, replicas, classes, room on other disks. */
export interface LonghornDecision {
  readonly decision: Decision;
  readonly hasAsked: boolean;
}

/** Decides. */
export function decideLonghornDisks(world: World, key: string): LonghornDecision {
  const subjects = subjectsOf(world, key);
  if (subjects.kind === "not") return { decision: heldButForGone(world, key, subjects.reason), hasAsked: false };
  const { nowMs, startedAtMs, policy, cluster } = world;
  const { longhornNode, clusterNode, node } = subjects;
  const seen = seeLonghornDisks(longhornNode, { clusterNode, domain: policy.domain });
  const isClusterListed = cluster.knowledge.kind === "known";
  const facts = knownFactsOf({ node, clusterNode, isClusterListed, nowMs, startedAtMs });
  const items = new Map([
    ...wantedNodeTags(world, facts, seen),
    ...matchDisks(longhornNode, { node, clusterNode, nowMs, startedAtMs }).flatMap((matched) => [
      ...wantedDiskTags(world, facts, matched),
      ...wantedSwitches(world, node, matched, seen),
    ]),
  ]);
  const wanted = withAbandoned(items, seen, policy.source);
  const isTaking = [...wanted].some(([item, wish]) => takes(item, wish, seen));
  return { decision: { kind: "items", items: isTaking ? withRestraint(wanted, seen, world) : wanted }, hasAsked: isTaking };
}

/**
 * Everything stays as it is. Only what was ours on a disk that Longhorn has no more is given up, whatever the machine says: another one may get its name,
 * and what people make of that is theirs.
 */
function heldButForGone({ longhorn, policy }: World, key: string, reason: string): Decision {
  const node = longhorn.node(key);
  const { knowledge } = longhorn;
  const isTold = knowledge.kind === "known" && knowledge.problem === undefined;
  if (node === undefined || !isTold || node.isDeleting || node.isSyncing) return { kind: "hold", reason };
  const { ledger } = seeLonghornDisks(node, { clusterNode: undefined, domain: policy.domain });
  const isGone = (text: string): boolean => {
    const item = itemOf(text);
    return item !== undefined && item.kind !== "node-tag" && !node.disks.has(item.disk);
  };
  if (![...ledger.keys()].some(isGone)) return { kind: "hold", reason };
  const why = (text: string): Why => ({ text, place: policy.source, expression: "", facts: [] });
  const gone: Wanted = { kind: "absent", why: why("Longhorn has this disk no more") };
  const held: Wanted = { kind: "hold", reason, why: why(reason) };
  return { kind: "items", items: new Map([...ledger.keys()].map((text) => [text, isGone(text) ? gone : held])) };
}

/** Of what is ours and nobody speaks of any more: a tag that the policy had, a disk that is gone. */
function withAbandoned(
  items: ReadonlyMap<string, Wanted>,
  { ledger }: LonghornDisksSeen,
  place: string,
): ReadonlyMap<string, Wanted> {
  const text = "we wrote it, and the policy does not speak of it any more";
  const left = [...ledger.keys()].filter((item) => !items.has(item));
  const gone: Wanted = { kind: "absent", why: { text, place, expression: "", facts: [] } };
  return new Map([...items, ...left.map((item) => [item, gone] as const)]);
}
