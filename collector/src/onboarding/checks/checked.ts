/** What a check of the step preflight comes to. */
import type { Obstacle, StepEvidence } from "../step.ts";

/** It. */
export interface Checked {
  readonly obstacles: readonly Obstacle[];
  readonly evidence: readonly StepEvidence[];
  /** Why it cannot be told, and which probes would tell it; undefined: it can. */
  readonly unknown?: { readonly text: string; readonly probes: readonly string[] };
}

/** It does not concern this machine. */
export const unconcerned: Checked = { obstacles: [], evidence: [] };
