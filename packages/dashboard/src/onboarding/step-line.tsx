/** The way of a machine as a line of marks with words. */
import type { OnboardingStep, OnboardingStepState } from "@nodekeeper/shared/api";
import { formatTimeSpan } from "@nodekeeper/shared/format";
import type { JSX } from "preact";

/** What stands before a step's name; the words say the same. */
export const stepMarks: Readonly<Record<OnboardingStepState, string>> = {
  passed: "✓",
  waiting: "…",
  blocked: "✕",
  skipped: "↷",
  "not-needed": "–",
};

/** The state in words. */
export const stepWords: Readonly<Record<OnboardingStepState, string>> = {
  passed: "passed",
  waiting: "waits",
  blocked: "blocked",
  skipped: "skipped",
  "not-needed": "not needed",
};

/** All steps in their order, each with its state and the time that it took, or takes by now. */
export function StepLine(props: { readonly steps: readonly OnboardingStep[]; readonly nowMs: number }): JSX.Element {
  return (
    <ol class="steps" aria-label="Steps">
      {props.steps.map((step) => (
        <li key={step.name} class={`step ${step.state}`} title={step.text}>
          <span class="step-name">
            <span class="step-mark" aria-hidden="true">
              {stepMarks[step.state]}
            </span>
            {step.name}
          </span>
          <span class="quiet">
            {stepWords[step.state]}
            {timeText(step, props.nowMs)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function timeText({ state, durationMs, since }: OnboardingStep, nowMs: number): string {
  if (state === "passed") return durationMs === undefined ? "" : ` in ${spanText(durationMs)}`;
  return state === "blocked" ? ` ${spanText(Math.max(0, nowMs - Date.parse(since)))}` : "";
}

/** Short, so that a line does not move while time goes on: of minutes no seconds. */
function spanText(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 1) return "< 1 s";
  return formatTimeSpan(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);
}
