/** Everything that was decided and holds, also where no finding shows it now: what keeps quiet must not be forgotten. */
import type { JSX } from "preact";
import type { Deciding } from "./deciding.ts";
import { DecisionLine } from "./decision-lines.tsx";
import { scopeText } from "./decision-text.ts";

/** Folded; nothing where nothing was decided. */
export function StandingDecisions(props: { readonly deciding: Deciding; readonly nowMs: number }): JSX.Element | null {
  const { deciding, nowMs } = props;
  const { decisions = [] } = deciding;
  if (decisions.length === 0) return null;
  return (
    <section>
      <details class="card folded">
        <summary>
          <h2>Decisions that hold</h2> <span class="quiet">{decisions.length.toLocaleString("en")}</span>
        </summary>
        <ul class="ready">
          {decisions.map((decision) => (
            <li key={decision.id}>
              <strong>{scopeText(decision.scope)}</strong>
              <span>
                <DecisionLine decision={decision} deciding={deciding} nowMs={nowMs} isScopeNamed />
              </span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
