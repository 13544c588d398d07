/**
 * StoragePrerequisites: the node has what Longhorn needs, and its disks are where Longhorn keeps data. Absent where neither Longhorn nor K3s is, and
 * where K3s is without Longhorn and could not have it: a cluster that stores elsewhere is not nagged. Where it could, True says so before Longhorn comes.
 *
 * | rule                    | from        | because                                                                                     |
 * | ----------------------- | ----------- | ------------------------------------------------------------------------------------------- |
 * | longhorn-prerequisite   | level error | what longhornctl calls an error, also where no data are yet: that is when it is asked for   |
 * | longhorn-path-unmounted | high        | replicas are missing, and new ones fill the root filesystem                                 |
 */
import { type LonghornCheck, LonghornCheckLevel } from "@nodekeeper/proto";
import { type ToldSubject, toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { World } from "../world.ts";
import type { Condition, Fault, Judgement } from "./condition.ts";
import { from } from "./support/faults.ts";
import { judgeNode, type Known, well } from "./support/judge-node.ts";

const faults: readonly Fault[] = [
  {
    rule: "longhorn-prerequisite",
    counts: ({ evidence }) => evidence.some(({ name, value }) => name === "level" && value === "error"),
  },
  { rule: "longhorn-path-unmounted", counts: from("high") },
];

export const storagePrerequisites: Condition = {
  type: "StoragePrerequisites",
  eventReasons: {
    True: "StoragePrerequisitesMet",
    False: "StoragePrerequisitesMissing",
    Unknown: "StoragePrerequisitesUnknown",
  },
  faults,
  judge,
};

function judge(world: World, key: string): Judgement {
  const needs = [{ name: "longhorn", kinds: ["longhorn_check", "longhorn_path"] }];
  return judgeNode(world, key, { faults, needs, conclude });
}

function conclude({ facts, probe }: Known): Judgement {
  const longhorn = probe("longhorn");
  if (longhorn === undefined) return { kind: "absent", text: "neither Longhorn nor K3s is on it", facts };
  const checks = toldSubjects(longhorn, "longhorn_check").flatMap(checkOf);
  const failed = checks.filter(({ check }) => check.level === LonghornCheckLevel.ERROR);
  if (failed.length > 0) {
    if (isWithout(checks)) return { kind: "absent", text: "Longhorn is not on it", facts };
    return { kind: "hold", reason: `it did not last long enough to be sure: ${failed.map(({ id }) => id).join(", ")}`, facts };
  }
  const unclear = checks.find(({ check }) => check.level === LonghornCheckLevel.UNSPECIFIED);
  if (unclear !== undefined) return { kind: "hold", reason: `it is not known how the check ${unclear.id} came out`, facts };
  return well("the node has what Longhorn needs", facts, "AllMet");
}

interface NamedCheck {
  readonly id: string;
  readonly check: LonghornCheck;
}

function checkOf({ id, value }: ToldSubject): readonly NamedCheck[] {
  return value?.case === "longhornCheck" ? [{ id, check: value.value }] : [];
}

/** Longhorn was never on this node; the rule then says nothing of what it would lack. */
function isWithout(checks: readonly NamedCheck[]): boolean {
  const folders = checks.find(({ id }) => id === "disk-folders")?.check;
  return folders?.isLonghornHere === false && folders.folders.length === 0;
}
