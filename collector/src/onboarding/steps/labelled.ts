/** Labels and conditions of its Node, and what Longhorn is told there, are written. */

import { conditionTypes } from "../../policy/file/policy-file.ts";
import { judgeUnwritten } from "../checks/unwritten.ts";
import { clusterNodeOf, type Machine } from "../machine.ts";
import type { Step, StepEvidence, Verdict } from "../step.ts";

/** The one writes on Longhorn's object, and the other when all of this is over. */
const others: ReadonlySet<string> = new Set(["longhorn-disks", "startup-taint"]);
const ours: ReadonlySet<string> = new Set(conditionTypes);
const shownEvidence = 40;

export const labelled: Step = { name: "labelled", isSkippable: true, judge };

function judge(machine: Machine, sinceMs: number): Verdict {
  const { cluster, policy } = machine;
  if (cluster.kind === "unknown") return { kind: "waiting", text: "the cluster's Nodes were not listed yet" };
  const object = clusterNodeOf(machine);
  const plan = machine.plan();
  if (object === undefined || plan === undefined)
    return { kind: "not-needed", text: "it is no node of the cluster: nothing is written for it" };
  if (policy.modes.describe === "off")
    return { kind: "not-needed", text: "the policy writes no labels and conditions (modes.describe is off)" };
  const unwritten = judgeUnwritten(machine, plan, { isMeant: (reconciler) => !others.has(reconciler), sinceMs });
  if (unwritten !== undefined) return unwritten;
  const prefix = `${policy.domain}/`;
  const labels = Object.entries(object.labels).filter(([key]) => key.startsWith(prefix));
  const conditions = object.conditions.filter(({ type }) => ours.has(type));
  const evidence: readonly StepEvidence[] = [
    ...labels.map(([key, value]) => ({ name: key.slice(prefix.length), value })),
    ...conditions.map(({ type, status, reason }) => ({ name: type, value: `${status} (${reason})` })),
  ];
  const text = `${counted(labels.length, "label")} and ${counted(conditions.length, "condition")} stand on its Node`;
  return { kind: "passed", text, evidence: evidence.slice(0, shownEvidence) };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
