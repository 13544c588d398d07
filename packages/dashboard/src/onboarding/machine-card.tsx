/** One machine on its way: where it stands, what is in its way with the command that mends it, and what admins can do. */
import type { Onboarding } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { onboardingBlockers, onboardingFront } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { Command } from "../command.tsx";
import { Prose } from "../prose.tsx";
import { nodeLink, pages } from "../route.ts";
import { MachineActions } from "./machine-actions.tsx";
import { StepEvidence } from "./step-evidence.tsx";
import { StepLine } from "./step-line.tsx";

const tones: Readonly<Record<Onboarding["state"], string>> = {
  onboarding: "",
  blocked: "failed",
  planned: "degraded",
  ready: "ok",
};
const words: Readonly<Record<Onboarding["state"], string>> = {
  onboarding: "on its way",
  blocked: "blocked",
  planned: "waits for an approval",
  ready: "ready",
};

/** The card. */
export function MachineCard(props: {
  readonly machine: Onboarding;
  readonly nowMs: number;
  readonly isAdmin: boolean;
  readonly onChanged: () => void;
}): JSX.Element {
  const { machine, nowMs, isAdmin, onChanged } = props;
  const { node, state, steps, startedAt } = machine;
  const blockers = onboardingBlockers(machine);
  const front = onboardingFront(machine);
  return (
    <article class={`card machine ${state === "onboarding" ? "" : tones[state]}`} aria-label={node}>
      <div class="card-head">
        <h3>
          <a class="card-name" href={nodeLink(node)}>
            {node}
          </a>{" "}
          <span class={`pill ${tones[state]}`}>{words[state]}</span>
        </h3>
        <span class="quiet">began {formatAgo(startedAt, nowMs)}</span>
      </div>
      <StepLine steps={steps} nowMs={nowMs} />
      {blockers.length === 0 && front !== undefined && (
        <p class="front">
          <Prose text={front.text} />
        </p>
      )}
      {blockers.length > 0 && (
        <ul class="blockers">
          {blockers.map((blocker) => (
            <li class="blocker" key={`${blocker.step} ${blocker.code} ${blocker.text}`}>
              <div class="finding-text">
                <Prose text={blocker.text} />
              </div>
              <div class="quiet">
                in the way of “{blocker.step}” · {blocker.code}
              </div>
              <Command command={blocker.command} on={blocker.on} />
            </li>
          ))}
        </ul>
      )}
      {state === "planned" && (
        <p class="front">
          <a href={pages.plan}>Look at the plan</a>
        </p>
      )}
      <div class="machine-foot">
        <details class="evidence">
          <summary>Every step, and by what it passed</summary>
          <StepEvidence steps={steps} nowMs={nowMs} />
        </details>
        {isAdmin && <MachineActions machine={machine} onChanged={onChanged} />}
      </div>
    </article>
  );
}
