/** What would change one item, in one sentence: the last line of an explanation. Pure. */
import type { FactRead, Waiting } from "@nodekeeper/shared/api";
import type { Override } from "../decisions/decisions.ts";
import type { Operation, SeenItem, Wanted } from "../reconciler.ts";

/** What is known of the item. */
export interface NextInput {
  readonly wanted: Wanted | undefined;
  readonly live: string | undefined;
  /** Of what is live. */
  readonly owner: SeenItem["owner"] | undefined;
  readonly operation: Operation | undefined;
  readonly waiting: Waiting | undefined;
  /** In force. */
  readonly override: Override | undefined;
}

/** Says it. */
export function nextStep({ wanted, live, owner, operation, waiting, override }: NextInput): string {
  if (operation !== undefined) return stepText(operation, waiting);
  if (override !== undefined) return `stays so until ${timeText(override.untilMs)}, then the policy decides again`;
  if (wanted === undefined) return "stays as it is: nothing of ours is wanted here";
  if (wanted.kind === "hold") return `stays as it is until ${missingText(wanted.why.facts) ?? "that can be told"}`;
  if (wanted.kind === "value" && live !== undefined && live !== wanted.value) return "stays as it is: it is somebody else's";
  if (wanted.kind === "absent" && live !== undefined)
    return owner === "foreign"
      ? "stays as it is: it is not ours to take away"
      : "will be removed when what takes its place is there";
  return `stays so until ${changingText(wanted.why.facts)}`;
}

/** As people write a time, in UTC and without seconds. */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function stepText({ kind, after, why, class: actionClass }: Operation, waiting: Waiting | undefined): string {
  const becomes = after === undefined ? acts[kind] : `${acts[kind]} to ${after === "" ? '""' : after}`;
  if (waiting === undefined) return `is about to be ${becomes}`;
  const until = waiting.until === undefined ? undefined : timeText(Date.parse(waiting.until));
  switch (waiting.for) {
    case "approval":
      return `will be ${becomes} when the first plan is approved: \`nodekeeper plan\`, then \`nodekeeper apply HASH\``;
    case "mode":
      return `will be ${becomes} when somebody approves it (class ${actionClass}): \`nodekeeper plan\`, then \`nodekeeper apply HASH\``;
    case "dwell":
      return `will be ${becomes} at ${until ?? "a time"}, unless ${reasonText(why.facts)} before`;
    case "brake":
      return `will be ${becomes} when fewer nodes were restricted lately${until === undefined ? "" : `, not before ${until}`}`;
    case "maintenance":
      return `will be ${becomes} when the node is not cordoned any more`;
    case "pause":
      return `will be ${becomes} when the pause ends`;
    case "leader":
      return `will be ${becomes} by the collector that writes now`;
    case "cluster":
      return `will be ${becomes} when the cluster is heard again`;
    case "retry":
      return `will be ${becomes} at the next attempt${until === undefined ? "" : `, at ${until}`}`;
  }
}

const acts: Readonly<Record<Operation["kind"], string>> = {
  set: "set",
  change: "changed",
  repair: "put back",
  remove: "removed",
  restore: "put back, as it was before us,",
};

/** What a decision was read from, by names. */
function factNames(facts: readonly FactRead[]): string {
  const names = [...new Set(facts.map(({ path }) => path).filter((path) => !isPlace(path)))];
  return names.length <= 1 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** Where a disk of Longhorn lies is read to find it, and is not what a decision turns on. */
function isPlace(path: string): boolean {
  return /^longhorn\.disks\..*\.path$/.test(path);
}

function reasonText(facts: readonly FactRead[]): string {
  return facts.length === 0 ? "it is wanted otherwise" : `${factNames(facts)} changes`;
}

function changingText(facts: readonly FactRead[]): string {
  return facts.length === 0 ? "the policy changes" : `${factNames(facts)} or the policy changes`;
}

/** Which probes must be heard; undefined where it is no probe's silence. */
function missingText(facts: readonly FactRead[]): string | undefined {
  const missing = facts.filter(({ freshness }) => freshness !== "fresh");
  const probes = [...new Set(missing.flatMap(({ probe }) => (probe === "" ? [] : [probe])))];
  if (probes.length > 0)
    return probes.length === 1 ? `the probe ${probes[0]} is heard again` : `the probes ${probes.join(", ")} are heard again`;
  return missing.length === 0 ? undefined : `${factNames(missing)} is known`;
}
