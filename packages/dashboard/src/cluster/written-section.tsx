/** What is written on the cluster's Node of this machine: labels, conditions, taints; each says why when it is opened. Longhorn's has a section of its own. */
import type { Explanation } from "@nodekeeper/shared/api";
import { formatSince } from "@nodekeeper/shared/format";
import { commonDomain, isLeftToOthers, itemText, shortValue, storageReconciler, waitingText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { Prose } from "../prose.tsx";
import { ExplanationBody } from "./explanation-body.tsx";

/** A list; nothing where nothing is written for this machine. */
export function WrittenSection(props: {
  readonly explanations: readonly Explanation[];
  readonly nowMs: number;
}): JSX.Element | null {
  const { nowMs } = props;
  const explanations = props.explanations.filter(({ reconciler }) => reconciler !== storageReconciler);
  const [first] = explanations;
  if (first === undefined) return null;
  if (first.noun === "node") return <p class="quiet">{first.why}</p>; // of a machine that is no Node there are no items
  const domain = commonDomain(explanations.map(({ item }) => item));
  return (
    <section>
      <div class="section-head">
        <h2>Written on the cluster</h2>
        {domain !== "" && <span class="quiet">keys are those of {domain}</span>}
      </div>
      <div class="items">
        {explanations.map((one) => (
          <details key={`${one.reconciler} ${one.item}`} class={`item ${one.wanted === "hold" ? "unknown" : ""}`}>
            <summary>
              <span class="item-name">
                {one.item !== "" && <span class="quiet">{one.noun} </span>}
                {itemText(one, domain)}
              </span>
              <Value explanation={one} />
              <span class="item-why quiet">
                <Prose text={one.why} />
                {one.since !== undefined && ` · ${formatSince(one.since, nowMs)}`}
                {one.waiting !== undefined && (
                  <span class="waits">
                    {" · waits: "}
                    <Prose text={waitingText(one.waiting, nowMs)} />
                  </span>
                )}
              </span>
            </summary>
            <ExplanationBody explanation={one} nowMs={nowMs} />
          </details>
        ))}
      </div>
    </section>
  );
}

/** As it is, and with an arrow as it should be where that is another. */
function Value(props: { readonly explanation: Explanation }): JSX.Element {
  const { item, live, wanted, value, owner, override } = props.explanation;
  const should = wanted === "value" ? value : undefined;
  return (
    <span class="item-value">
      {live === undefined ? item !== "" && <span class="quiet">not there</span> : <code>{shortValue(live)}</code>}
      {wanted !== "hold" && should !== live && !isLeftToOthers(props.explanation) && (
        <>
          {" → "}
          {should === undefined ? <span class="quiet">not there</span> : <code>{shortValue(should)}</code>}
        </>
      )}
      {wanted === "hold" && !isLeftToOthers(props.explanation) && <span class="pill unknown">cannot be told</span>}
      {override !== undefined && <span class="pill degraded">by hand</span>}
      {live !== undefined && owner === "foreign" && <span class="pill">not ours</span>}
    </span>
  );
}
