/**
 * A machine's way, judged step by step. Pure. The first step that is not passed ends the look: what comes after it waits. What was passed once stays
 * passed while it is only not known (an agent that is away, a collector that just started), and is taken back when something is really in the way.
 */
import type { Onboarding, OnboardingBlocker, OnboardingStep } from "@nodekeeper/shared/api";
import { clusterFactsOf } from "../policy/known-facts-of.ts";
import { isoTime } from "../state/iso-time.ts";
import { unapprovedCode } from "./checks/unwritten.ts";
import { clusterNodeOf, type Machine } from "./machine.ts";
import type { Obstacle, Step, Verdict } from "./step.ts";

/** What came of it. */
export interface Judged {
  /** The same object as before where nothing changed. */
  readonly onboarding: Onboarding;
  /** Where the agent is to look again, since it may have changed since it looked. */
  readonly probes: readonly string[];
}

/** Who says that a step may stay undone where the policy does. */
export const skippedByPolicy = "the policy";

/** Judges it. `before` is as it was left, perhaps by another process; undefined: it begins now. */
export function judgeMachine(machine: Machine, before: Onboarding | undefined, steps: readonly Step[]): Judged {
  const startedAt = before?.startedAt ?? isoTime(machine.nowMs);
  const judged: OnboardingStep[] = [];
  let turnMs = Date.parse(startedAt);
  let current: OnboardingStep | undefined;
  let probes: readonly string[] = [];
  for (const step of steps) {
    const was = before?.steps.find(({ name }) => name === step.name);
    if (current !== undefined) {
      judged.push(notYet(step, was, current, startedAt, machine));
      continue;
    }
    const verdict = verdictOf(step, machine, turnMs);
    const now = settle(step, was, verdict, { turnMs, machine });
    judged.push(now);
    if (isDone(now)) turnMs = Math.max(turnMs, Date.parse(now.passedAt ?? now.since));
    else {
      current = now;
      probes = probesOf(verdict);
    }
  }
  const state = stateOf(current);
  const onboarding: Onboarding = {
    node: machine.name,
    machineId: machine.node?.machineId || (before?.machineId ?? ""),
    state,
    startedAt,
    ...(state === "ready" ? { readyAt: before?.readyAt ?? isoTime(Math.max(machine.nowMs, Date.parse(startedAt))) } : {}),
    steps: judged,
  };
  return { onboarding: before !== undefined && isSame(before, onboarding) ? before : onboarding, probes };
}

/** Whether a step keeps nothing from coming after it. */
export function isDone({ state }: Pick<OnboardingStep, "state">): boolean {
  return state === "passed" || state === "skipped" || state === "not-needed";
}

function verdictOf(step: Step, machine: Machine, turnMs: number): Verdict {
  return needsNoAgent(step, machine) ?? step.judge(machine, sinceOf(turnMs, machine));
}

/** What was not seen by this process cannot have lasted: its patience begins anew with it. A time yet to come is of a clock that was set back since. */
function sinceOf(turnMs: number, { nowMs, startedAtMs }: Machine): number {
  return turnMs > nowMs ? startedAtMs : Math.max(turnMs, startedAtMs);
}

/** A Node that has no agent, and is to have none, is done when it is seen. Where that cannot be told, it is to have one. */
function needsNoAgent({ name }: Step, machine: Machine): Verdict | undefined {
  const { agent } = machine.policy.onboarding;
  const object = clusterNodeOf(machine);
  if (agent === undefined || object === undefined || machine.node !== undefined || name === "seen" || name === "ready")
    return undefined;
  const decided = agent.evaluate(clusterFactsOf(object, machine.nowMs));
  if (decided.kind !== "value" || decided.value !== false) return undefined;
  return { kind: "not-needed", text: "the policy wants no agent on it (onboarding.agent)" };
}

interface Turn {
  readonly turnMs: number;
  readonly machine: Machine;
}

function settle(step: Step, was: OnboardingStep | undefined, verdict: Verdict, { turnMs, machine }: Turn): OnboardingStep {
  const { name } = step;
  if (verdict.kind === "passed") {
    if (was?.state === "passed") return was;
    const passedAt = isoTime(machine.nowMs);
    const durationMs = Math.max(0, Math.round(machine.nowMs - turnMs));
    return {
      name,
      state: "passed",
      text: verdict.text,
      evidence: [...verdict.evidence],
      blockers: [],
      since: passedAt,
      passedAt,
      durationMs,
    };
  }
  if (verdict.kind === "not-needed") return standing(was, { name, state: "not-needed", text: verdict.text }, machine.nowMs);
  const isWaived = step.isSkippable && machine.policy.onboarding.skip.includes(name);
  if (isWaived)
    return {
      ...standing(was, { name, state: "skipped", text: "the policy says that it may stay undone" }, machine.nowMs),
      skippedBy: skippedByPolicy,
    };
  if (was?.state === "skipped" && was.skippedBy !== skippedByPolicy) return was;
  if (verdict.kind === "waiting")
    return was?.state === "passed" ? was : standing(was, { name, state: "waiting", text: verdict.text }, machine.nowMs);
  const [first] = verdict.obstacles;
  const stands = standing(was, { name, state: "blocked", text: first?.text ?? "" }, machine.nowMs);
  return { ...stands, blockers: verdict.obstacles.map(blockerOf) };
}

/** In another state than before it is since now. */
function standing(
  was: OnboardingStep | undefined,
  now: Pick<OnboardingStep, "name" | "state" | "text">,
  nowMs: number,
): OnboardingStep {
  return { ...now, evidence: [], blockers: [], since: was?.state === now.state ? was.since : isoTime(nowMs) };
}

/** Not its turn. What somebody said of it stays said. */
function notYet(
  step: Step,
  was: OnboardingStep | undefined,
  current: OnboardingStep,
  startedAt: string,
  { policy }: Machine,
): OnboardingStep {
  const { name } = step;
  if (was?.state === "skipped" && was.skippedBy !== skippedByPolicy) return was;
  if (step.isSkippable && policy.onboarding.skip.includes(name))
    return {
      ...{ name, state: "skipped", text: "the policy says that it may stay undone", evidence: [], blockers: [] },
      ...{ since: startedAt, skippedBy: skippedByPolicy },
    };
  return { name, state: "waiting", text: `comes after ${current.name}`, evidence: [], blockers: [], since: startedAt };
}

function blockerOf({ code, text, command, on }: Obstacle): OnboardingBlocker {
  return { code, text, command, on };
}

function probesOf(verdict: Verdict): readonly string[] {
  if (verdict.kind === "waiting") return [...new Set(verdict.probes)];
  return verdict.kind === "blocked" ? [...new Set(verdict.obstacles.flatMap(({ probes }) => probes))] : [];
}

function stateOf(current: OnboardingStep | undefined): Onboarding["state"] {
  if (current === undefined) return "ready";
  if (current.state !== "blocked") return "onboarding";
  return current.blockers.every(({ code }) => code === unapprovedCode) ? "planned" : "blocked";
}

function isSame(a: Onboarding, b: Onboarding): boolean {
  return (
    a.state === b.state &&
    a.machineId === b.machineId &&
    a.steps.length === b.steps.length &&
    a.steps.every((step, index) => step === b.steps[index] || JSON.stringify(step) === JSON.stringify(b.steps[index]))
  );
}
