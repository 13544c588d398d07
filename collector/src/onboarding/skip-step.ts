/** Somebody says that a step may stay undone. Pure. */
import { AppError } from "@nodekeeper/shared";
import type { Onboarding, OnboardingStep, OnboardingStepName } from "@nodekeeper/shared/api";
import { isoTime } from "../state/iso-time.ts";
import { isDone } from "./judge-machine.ts";
import { steps } from "./steps/index.ts";

/** Who says it, of what, and why. */
export interface Skip {
  readonly step: OnboardingStepName;
  readonly reason: string;
  readonly by: string;
}

const skippable: ReadonlySet<OnboardingStepName> = new Set(steps.flatMap(({ name, isSkippable }) => (isSkippable ? [name] : [])));

/** The way without the step; what is to be judged anew. Throws CONFLICT where the step cannot be skipped, or is not in the way. */
export function withSkip(onboarding: Onboarding, skip: Skip, nowMs: number): Onboarding {
  const { node } = onboarding;
  if (!skippable.has(skip.step))
    throw new AppError("CONFLICT", `${skip.step} cannot be skipped: without it nothing is known of ${node}`);
  const step = onboarding.steps.find(({ name }) => name === skip.step);
  if (step === undefined || isDone(step))
    throw new AppError(
      "CONFLICT",
      `${skip.step} is not in the way of ${node}${step === undefined ? "" : `: it is ${step.state}`}`,
    );
  const text = `${skip.by} said that it may stay undone${skip.reason === "" ? "" : `: ${skip.reason}`}`;
  const skipped: OnboardingStep = {
    ...{ name: skip.step, state: "skipped", text, evidence: [], blockers: [] },
    ...{ since: isoTime(nowMs), skippedBy: skip.by },
  };
  return { ...onboarding, steps: onboarding.steps.map((each) => (each === step ? skipped : each)) };
}
