/** Which tags node and disks of Longhorn are to have: what the policy says, and that a first tag takes nothing away. Pure. */
import type { MatchedDisk } from "../../longhorn/disk-match.ts";
import { allowsEmptySelector, emptySelectorSetting } from "../../longhorn/scheduler/scheduler-settings.ts";
import { type DecidedTag, decideDiskTags, decideNodeTags } from "../../policy/decide-tags.ts";
import type { KnownFacts } from "../../policy/known-facts.ts";
import type { Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import { factsOfDisk, heldDisk } from "./disk-words.ts";
import { itemText, present } from "./longhorn-items.ts";
import type { LonghornDisksSeen } from "./see-longhorn-disks.ts";

/** Longer ones are shown by themselves, where somebody asks. */
const shownExpression = 60;

/** Those of the node. */
export function wantedNodeTags(
  { policy, longhorn }: Pick<World, "policy" | "longhorn">,
  facts: KnownFacts,
  { node }: Pick<LonghornDisksSeen, "node">,
): readonly (readonly [string, Wanted])[] {
  const isFirstRefused = node.tags.length === 0 && !allowsEmptySelector(longhorn, "node");
  return decideNodeTags(policy.storage, facts).map((decided) => [
    itemText({ kind: "node-tag", tag: decided.tag }),
    firstAllowed(wantedOf(decided, []), isFirstRefused, "node"),
  ]);
}

/** Those of a disk. Of one that is not matched nothing is known. */
export function wantedDiskTags(
  { policy, longhorn }: Pick<World, "policy" | "longhorn">,
  facts: KnownFacts,
  matched: MatchedDisk,
): readonly (readonly [string, Wanted])[] {
  const { disk, match } = matched;
  const item = (tag: string): string => itemText({ kind: "disk-tag", disk: disk.name, tag });
  if (match.kind !== "matched") {
    return policy.storage.diskTags.map(({ tag, when: { place } }) => [item(tag), heldDisk(matched, place)]);
  }
  const isFirstRefused = disk.tags.length === 0 && !allowsEmptySelector(longhorn, "disk");
  return decideDiskTags(policy.storage, facts, match.blockDevices).map((decided) => [
    item(decided.tag),
    firstAllowed(wantedOf(decided, factsOfDisk(matched)), isFirstRefused, "disk"),
  ]);
}

function wantedOf({ expression, decided }: DecidedTag, more: Why["facts"]): Wanted {
  const why = (text: string): Why => ({
    ...{ text, place: expression.place, expression: expression.text },
    facts: [...decided.reads, ...more],
  });
  const subject = expression.text.length <= shownExpression ? expression.text.trim() : "its expression";
  if (decided.kind === "undecided") {
    return { kind: "hold", reason: decided.reason, why: why(`it cannot be told whether ${subject} is true`) };
  }
  if (decided.value === true) return { kind: "value", value: present, why: why(`the policy gives it: ${subject} is true`) };
  return { kind: "absent", why: why(`the policy does not give it: ${subject} is not true`) };
}

/** Who asks for no tags at all would not be given this one any more. */
function firstAllowed(wanted: Wanted, isRefused: boolean, of: "node" | "disk"): Wanted {
  if (wanted.kind !== "value" || !isRefused) return wanted;
  const reason =
    `Longhorn's setting ${emptySelectorSetting(of)} is false: a first tag would take the ${of} away from all volumes ` +
    "that ask for none. Set it to true, or give it a first tag by hand";
  return { kind: "hold", reason, why: wanted.why };
}
