/** What is still to be written for a machine before a step is passed, and who keeps it from being written. */
import type { PlannedOperation } from "@nodekeeper/shared/api";
import type { Machine, NodePlan } from "../machine.ts";
import { type Obstacle, places, type Verdict } from "../step.ts";

/** What the API server refuses for so long, it refuses for good: its webhook says 403 while Longhorn looks at new disks. */
const patienceMs = 60_000;

/** Of what only describes; what takes something away is no part of an onboarding. Undefined: nothing waits. */
export function judgeUnwritten(
  machine: Machine,
  plan: NodePlan,
  { isMeant, sinceMs }: { readonly isMeant: (reconciler: string) => boolean; readonly sinceMs: number },
): Verdict | undefined {
  const open = plan.operations.filter((operation) => operation.class === "describe" && isMeant(operation.reconciler));
  const whole = plan.held.find(({ reconciler, item }) => item === "" && isMeant(reconciler));
  const waitsFor = (reason: NonNullable<PlannedOperation["waiting"]>["for"]) =>
    open.filter(({ waiting }) => waiting?.for === reason);
  const unapproved = [...waitsFor("approval"), ...waitsFor("mode")];
  if (unapproved.length > 0) return { kind: "blocked", obstacles: [unapprovedObstacle(unapproved, plan.hash)] };
  const [paused] = waitsFor("pause");
  if (paused !== undefined) return { kind: "blocked", obstacles: [pausedObstacle(machine, paused)] };
  const [refused] = waitsFor("retry");
  if (refused !== undefined && machine.nowMs - sinceMs >= patienceMs)
    return { kind: "blocked", obstacles: [refusedObstacle(machine, refused)] };
  if (open.length > 0) {
    const reason = open.find(({ waiting }) => waiting !== undefined)?.waiting?.text;
    return { kind: "waiting", text: `${countOf(open)} to be written${reason === undefined ? "" : `: ${reason}`}` };
  }
  return whole === undefined ? undefined : { kind: "waiting", text: whole.reason };
}

/** Code of the one obstacle that a machine's state calls "planned". */
export const unapprovedCode = "awaits-approval";

function unapprovedObstacle(operations: readonly PlannedOperation[], hash: string): Obstacle {
  return {
    code: unapprovedCode,
    text: `${countOf(operations)} planned, and ${operations.length === 1 ? "waits" : "wait"} for somebody's approval`,
    command: hash === "" ? "nodekeeper plan" : `nodekeeper apply ${hash}`,
    on: places.collector,
    probes: [],
  };
}

function pausedObstacle({ policy, name }: Machine, { waiting }: PlannedOperation): Obstacle {
  return {
    code: "paused",
    text: `nothing is written: ${waiting?.text ?? "somebody paused nodekeeper"}`,
    command: `kubectl annotate namespace nodekeeper ${policy.domain}/paused-; kubectl annotate node ${name} ${policy.domain}/paused-`,
    on: places.kubectl,
    probes: [],
  };
}

function refusedObstacle({ name }: Machine, { item, waiting }: PlannedOperation): Obstacle {
  return {
    code: "write-refused",
    text: `${item} cannot be written: ${waiting?.text ?? "it does not say why"}`,
    command: `nodekeeper explain ${name}`,
    on: places.collector,
    probes: [],
  };
}

function countOf(operations: readonly PlannedOperation[]): string {
  return operations.length === 1 ? "1 step is" : `${operations.length} steps are`;
}
