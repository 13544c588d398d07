/** The contract of a step: what must be so before a machine may go on, judged from what is known now. Pure; the order and all times are judge-machine.ts's. */
import type { OnboardingBlocker, OnboardingStepName } from "@nodekeeper/shared/api";
import type { Machine } from "./machine.ts";

/** What speaks for a verdict. */
export interface StepEvidence {
  readonly name: string;
  readonly value: string;
}

/** What is in the way, and which probes would tell that it is gone. */
export interface Obstacle extends OnboardingBlocker {
  /** Where the agent is to look again; empty where nothing on the machine would tell. */
  readonly probes: readonly string[];
}

/** How a step stands. */
export type Verdict =
  | { readonly kind: "passed"; readonly text: string; readonly evidence: readonly StepEvidence[] }
  /** It comes by itself, or is not known now. What passed before stays passed. */
  | { readonly kind: "waiting"; readonly text: string; readonly probes?: readonly string[] }
  /** Somebody must do something. At least one obstacle. */
  | { readonly kind: "blocked"; readonly obstacles: readonly Obstacle[] }
  /** It does not concern this machine. */
  | { readonly kind: "not-needed"; readonly text: string };

/** A step. */
export interface Step {
  readonly name: OnboardingStepName;
  /** Whether somebody may say that it can stay undone. */
  readonly isSkippable: boolean;
  /** `sinceMs`: since when it is this step's turn, and this process could see it. */
  judge(machine: Machine, sinceMs: number): Verdict;
}

/** Where commands are typed. */
export const places = { node: "the node", kubectl: "a machine with kubectl", collector: "the collector" } as const;

/** Blocked by these, or else. */
export function blockedBy(obstacles: readonly Obstacle[], otherwise: () => Verdict): Verdict {
  return obstacles.length > 0 ? { kind: "blocked", obstacles } : otherwise();
}

/** Texts as evidence; those that are empty are left out. */
export function evidenceOf(texts: Readonly<Record<string, string | number | undefined>>): readonly StepEvidence[] {
  return Object.entries(texts).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [{ name: name.replaceAll("_", " "), value: String(value) }],
  );
}
