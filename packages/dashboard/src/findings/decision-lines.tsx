/** What was decided about a finding or a node: by whom, why, until when, and the way back. */
import type { Decision } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Result, remove, resultOf } from "../cluster/ask.ts";
import type { Deciding } from "./deciding.ts";
import { decisionText, scopeText } from "./decision-text.ts";

/** One line each; nothing where nothing was decided. */
export function DecisionLines(props: {
  readonly decisions: readonly Decision[];
  readonly deciding: Deciding;
  readonly nowMs: number;
}): JSX.Element | null {
  const { decisions, deciding, nowMs } = props;
  if (decisions.length === 0) return null;
  return (
    <ul class="decisions">
      {decisions.map((decision) => (
        <li key={decision.id}>
          <DecisionLine decision={decision} deciding={deciding} nowMs={nowMs} />
        </li>
      ))}
    </ul>
  );
}

/** One of them. */
export function DecisionLine(props: {
  readonly decision: Decision;
  readonly deciding: Deciding;
  readonly nowMs: number;
  /** Whether it stands beside it what it is about. */
  readonly isScopeNamed?: boolean;
}): JSX.Element {
  const { decision, deciding, nowMs, isScopeNamed = false } = props;
  const [state, setState] = useState<Result | "sent">();
  const end = (): void => {
    setState("sent");
    void remove<Decision>(`api/v1/decisions/${encodeURIComponent(decision.id)}`).then((answer) => {
      setState(resultOf(answer, "Ended."));
      deciding.onDecided();
    });
  };
  const isWide = decision.kind === "mute" || (decision.kind === "maintenance" && decision.scope.node === undefined);
  return (
    <>
      {decisionText(decision, nowMs)}
      {isWide && !isScopeNamed && <span class="quiet"> ({scopeText(decision.scope)})</span>}
      {decision.reason !== "" && <q>{decision.reason}</q>}
      {deciding.isAdmin && (
        <>
          {" "}
          <button type="button" class="inline" disabled={state === "sent"} onClick={end}>
            {decision.kind === "maintenance" ? "End maintenance" : "Undo"}
          </button>
        </>
      )}
      <span class={state !== undefined && state !== "sent" && state.isBad ? "bad" : "good"} role="status">
        {state === undefined || state === "sent" ? "" : ` ${state.text}`}
      </span>
    </>
  );
}
