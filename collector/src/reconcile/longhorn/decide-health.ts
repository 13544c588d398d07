/**
 * What the health of a disk asks for: nothing new on one that fails, and its replicas moved off where the policy wants that. A disk that is well stays as
 * it was found; what we took away comes back when it is surely well again, and the machine is at rest.
 */
import type { MatchedDisk } from "../../longhorn/disk-match.ts";
import { placementOf } from "../../longhorn/placement-of.ts";
import { toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { NodeState } from "../../state/node-state.ts";
import { isInRebootLoop } from "../../state/reboot-loop.ts";
import type { Judgement } from "../conditions/condition.ts";
import { probeStanding } from "../conditions/support/probe-standing.ts";
import type { Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import { factsOfDisk, heldDisk } from "./disk-words.ts";
import { type FaultsBehind, faultsBehind } from "./faults-behind.ts";
import { type DiskSwitch, itemText } from "./longhorn-items.ts";
import { inNames } from "./restraint.ts";
import type { LonghornDisksSeen } from "./see-longhorn-disks.ts";

/** What is wanted of the switches of a disk. */
export function wantedSwitches(
  world: World,
  node: NodeState,
  matched: MatchedDisk,
  seen: LonghornDisksSeen,
): readonly (readonly [string, Wanted])[] {
  const item = (field: DiskSwitch): string => itemText({ kind: "switch", disk: matched.disk.name, field });
  const [scheduling, eviction] = [item("allowScheduling"), item("evictionRequested")];
  const isOwned = seen.ledger.has(scheduling) || seen.ledger.has(eviction);
  const [ofScheduling, ofEviction] = wanted(world, node, matched, seen, isOwned);
  const isSpoken = ofScheduling.kind === "value" || seen.ledger.has(eviction);
  return [[scheduling, ofScheduling], ...(isSpoken ? [[eviction, ofEviction] as const] : [])];
}

type Pair = readonly [scheduling: Wanted, eviction: Wanted];

const place = "storage";

function wanted(world: World, node: NodeState, matched: MatchedDisk, seen: LonghornDisksSeen, isOwned: boolean): Pair {
  const { match, disk } = matched;
  if (match.kind !== "matched") return both(heldDisk(matched, place));
  const facts = factsOfDisk(matched);
  const found = faultsBehind(match, node, world.findings(node.name));
  if (found.kind === "bad") return ofFault(world, matched, seen, found);
  if (found.kind === "unsure") return both(held(reasonOf(found.judgement), [...found.judgement.facts, ...facts]));
  const well: Why = { text: "no fault of it is known: it is as it was found", place, expression: "", facts };
  if (!isOwned) return both({ kind: "absent", why: well });
  const doubt = doubtOf(world, node, match.blockDevices);
  if (doubt !== undefined) return both(held(doubt, facts));
  const unrest = unrestOf(world, node, seen, disk.name);
  const back: Wanted = { kind: "absent", why: { ...well, text: "no fault of it is known any more: it is as before" } };
  return [unrest === undefined ? back : held(unrest, facts), back];
}

function ofFault(
  world: World,
  matched: MatchedDisk,
  seen: LonghornDisksSeen,
  { judgement, isDeclared }: Extract<FaultsBehind, { readonly kind: "bad" }>,
): Pair {
  if (judgement.kind !== "status") return both(held(reasonOf(judgement), judgement.facts));
  const { message: text, facts, rule = place } = judgement;
  const why: Why = {
    ...{ text, place: rule, expression: "" },
    facts: [...facts, ...factsOfDisk(matched)],
    isDeclared,
  };
  const obstacle = obstacleTo(world, matched, seen);
  return [
    { kind: "value", value: "false", why },
    obstacle === undefined ? { kind: "value", value: "true", why } : { kind: "hold", reason: obstacle, why },
  ];
}

/** Eviction has faults in these releases, of which some leave volumes attached or replicas unplaced (longhorn issues 9781, 9866). */
const unsafeEviction = /^v?1\.(?:[0-6]\.\d+|7\.[0-2])(?!\d)/;

/** Why the replicas of a disk that fails are not moved off it; undefined: they may be. */
function obstacleTo({ policy, longhorn }: World, { disk }: MatchedDisk, { node }: LonghornDisksSeen): string | undefined {
  const { move } = policy.modes;
  const { version = "" } = longhorn;
  if (move === "off") return "the policy has the class move switched off: replicas stay where they are";
  if (move === "enforce" && unsafeEviction.test(version))
    return `Longhorn ${version} may leave volumes attached or replicas unplaced when it evicts: with the class move in mode plan it is done when somebody approves it`;
  const { knowledge } = longhorn;
  if (knowledge.kind === "known" && knowledge.problem !== undefined)
    return `nothing is moved by what was true of Longhorn before: ${knowledge.problem}`;
  const isReady = node.conditions.some(({ type, status }) => type === "Ready" && status === "True");
  if (!isReady) return "Longhorn's node is not ready, and Longhorn moves nothing from it meanwhile";
  if ((disk.status?.uuid ?? "") === "") return "Longhorn does not say which replicas are on it";
  const homeless = placementOf(longhorn)?.homelessOf(node.name, disk.name);
  if (homeless === undefined) return "where its replicas could go is not known";
  if (homeless.length === 0) return undefined;
  return `nowhere else is room for the replicas of ${inNames(homeless)}`;
}

/** Why it cannot be told that the disks are well. Without a word of the probes, no finding means nothing. */
function doubtOf(world: World, node: NodeState, blockDevices: readonly string[]): string | undefined {
  const disks = probeStanding(world, node, { name: "disks", kinds: ["block_device"] });
  if (disks.kind === "judged") return reasonOf(disks.judgement);
  if (disks.kind === "absent") return "its agent says that it has no disks";
  const listed = new Set(toldSubjects(disks.probe, "block_device").flatMap(({ id, isAbsent }) => (isAbsent ? [] : [id])));
  const missing = blockDevices.find((id) => !listed.has(id));
  if (missing !== undefined) return `its agent does not list the disk ${missing} any more`;
  const concerns = ({ id }: { readonly id: string }): boolean => blockDevices.includes(id);
  const smart = probeStanding(world, node, { name: "smart", kinds: ["disk_health"], concerns });
  return smart.kind === "judged" ? reasonOf(smart.judgement) : undefined;
}

/** Why what was taken away is not given back now, though the disk is well. */
function unrestOf(world: World, node: NodeState, seen: LonghornDisksSeen, disk: string): string | undefined {
  if (isInRebootLoop(node, world.nowMs))
    return "the machine boots again and again: it is given back when it has run for 30 minutes";
  if (seen.isCordoned) return "the node is cordoned, which is maintenance: it is given back when that is over";
  if (world.isInMaintenance(node.name)) return "somebody works on the node: it is given back when the maintenance is over";
  const eviction = itemText({ kind: "switch", disk, field: "evictionRequested" });
  if (seen.items.get(eviction)?.value === "true" && !seen.ledger.has(eviction))
    return "somebody has the disk emptied (evictionRequested), and Longhorn lets it not be filled meanwhile";
  return undefined;
}

function both(wish: Wanted): Pair {
  return [wish, wish];
}

function held(reason: string, facts: Why["facts"]): Wanted {
  return { kind: "hold", reason, why: { text: reason, place, expression: "", facts } };
}

function reasonOf(judgement: Judgement): string {
  switch (judgement.kind) {
    case "status":
      return judgement.message;
    case "hold":
      return judgement.reason;
    case "absent":
      return judgement.text;
  }
}
