/** Every step of a machine: its sentence, its evidence, when it passed, who skipped it. */
import type { OnboardingStep } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { evidenceText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { type FactRow, Facts } from "../facts.tsx";
import { Prose } from "../prose.tsx";
import { stepMarks, stepWords } from "./step-line.tsx";

/** A list. */
export function StepEvidence(props: { readonly steps: readonly OnboardingStep[]; readonly nowMs: number }): JSX.Element {
  return (
    <ol class="step-list">
      {props.steps.map((step) => (
        <li key={step.name}>
          <div>
            <span aria-hidden="true">{stepMarks[step.state]} </span>
            <strong>{step.name}</strong> <span class="quiet">{remarks(step, props.nowMs)}</span>
          </div>
          <Prose text={step.text} />
          <Facts rows={step.evidence.map(({ name, value }): FactRow => [name, evidenceText(value, props.nowMs)])} />
        </li>
      ))}
    </ol>
  );
}

function remarks({ state, since, passedAt, skippedBy }: OnboardingStep, nowMs: number): string {
  const by = skippedBy === undefined ? "" : ` by ${skippedBy}`;
  return `${stepWords[state]}${by} ${formatAgo(passedAt ?? since, nowMs)}`;
}
