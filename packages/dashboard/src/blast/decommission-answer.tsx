/** What must be done, in order, before the machine may be taken away for good. */
import type { Decommission } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { Command } from "../command.tsx";
import { Prose } from "../prose.tsx";
import { useOnce } from "./use-once.ts";

type Step = Decommission["steps"][number];

const marks: Readonly<Record<Step["state"], string>> = { done: "✓", next: "→", later: "…", unknown: "?" };
const words: Readonly<Record<Step["state"], string>> = {
  done: "done",
  next: "do this next",
  later: "later",
  unknown: "cannot be told",
};

/** Asks, and shows what came. */
export function DecommissionAnswer(props: { readonly path: string }): JSX.Element {
  const asked = useOnce<Decommission>(props.path);
  if (asked.kind === "waiting") return <p class="quiet aside answer">Looking at what is left on it …</p>;
  if (asked.kind === "failed") return <p class="bad aside answer">{asked.text}</p>;
  const { node, isSafe, steps, unknown } = asked.body;
  return (
    <article class="answer" aria-label={`Taking ${node} away for good`}>
      <p>
        <strong>{isSafe ? `${node} may be taken away: nothing would be lost.` : `${node} may not be taken away yet.`}</strong>{" "}
        <button type="button" class="inline" onClick={asked.again}>
          Ask again
        </button>
      </p>
      <ol class="step-list">
        {steps.map((step) => (
          <li key={step.name} class={step.state}>
            <div>
              <span aria-hidden="true">{marks[step.state]} </span>
              <strong>{step.name}</strong> <span class="quiet">{words[step.state]}</span>
            </div>
            <Prose text={step.text} />
            {step.state !== "done" && <Command command={step.command} on={step.on} />}
          </li>
        ))}
      </ol>
      {unknown.map((text) => (
        <p key={text} class="doubt">
          <Prose text={text} />
        </p>
      ))}
    </article>
  );
}
