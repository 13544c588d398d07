/** Which tags of Longhorn a node and its disks are to have, by what is known of them. What cannot be told is undecided, which holds. Pure. */
import type { FactRead } from "@nodekeeper/shared/api";
import type { Decided, Expression } from "./expression.ts";
import type { KnownFacts } from "./known-facts.ts";
import type { StoragePolicy, TagRule } from "./policy.ts";
import { withDisk } from "./with-disk.ts";

/** A tag of the policy, and whether it is to be there: true, false, or undecided. */
export interface DecidedTag {
  readonly tag: string;
  readonly expression: Expression;
  readonly decided: Decided;
}

/** Of the node. */
export function decideNodeTags({ nodeTags }: StoragePolicy, facts: KnownFacts): readonly DecidedTag[] {
  return nodeTags.map(({ tag, when }) => ({ tag, expression: when, decided: when.evaluate(facts) }));
}

/** Of a disk of Longhorn, behind which these block devices stand (their ids; one at least). A tag must hold for all of them. */
export function decideDiskTags(
  { diskTags }: StoragePolicy,
  facts: KnownFacts,
  blockDevices: readonly string[],
): readonly DecidedTag[] {
  const disks = blockDevices.map((id) => withDisk(facts, id));
  return diskTags.map((rule) => ({ tag: rule.tag, expression: rule.when, decided: decidedOfAll(rule, disks) }));
}

/** False for one is false, whatever is not known of another. */
function decidedOfAll({ when }: TagRule, disks: readonly KnownFacts[]): Decided {
  const each = disks.map((facts) => when.evaluate(facts));
  const reads = readsOf(each);
  if (each.some((decided) => decided.kind === "value" && decided.value === false)) return { kind: "value", value: false, reads };
  const undecided = each.find((decided) => decided.kind === "undecided");
  if (undecided !== undefined) return { ...undecided, reads };
  if (each.length === 0) return { kind: "undecided", reason: "which disks stand behind it is not known", reads };
  return { kind: "value", value: true, reads };
}

/** Each once: the disks differ in what is read of `disk`. */
function readsOf(each: readonly Decided[]): readonly FactRead[] {
  const reads = each.flatMap((decided) => decided.reads);
  return [...new Map(reads.map((read) => [`${read.path} ${read.value}`, read])).values()];
}
