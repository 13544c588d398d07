/** Everything that is known of one label, condition or taint. */
import type { Explanation, FactRead } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { type FactRow, Facts } from "../facts.tsx";

const owners: Readonly<Record<NonNullable<Explanation["owner"]>, string>> = {
  ours: "nodekeeper",
  shared: "nodekeeper and others, the same",
  foreign: "others",
};

/** Facts, the expression and what was read for it. */
export function ExplanationBody(props: { readonly explanation: Explanation; readonly nowMs: number }): JSX.Element {
  const { explanation, nowMs } = props;
  const { expression, facts } = explanation;
  return (
    <div class="item-body">
      <Facts rows={rowsOf(explanation, nowMs)} />
      {expression !== "" && <pre>{expression}</pre>}
      {facts.length > 0 && <FactList facts={facts} nowMs={nowMs} />}
    </div>
  );
}

function rowsOf(one: Explanation, nowMs: number): readonly FactRow[] {
  const { place, owner, others, override, waiting, previous, actions, next } = one;
  const writers = others.map(({ manager, at }) => `${manager}${at === undefined ? "" : ` ${formatAgo(at, nowMs)}`}`);
  const isOurs = owner === "ours" || owner === "shared";
  return [
    ["Written by", owner === undefined ? "" : owners[owner]],
    ["Others who wrote it", writers.join(", ")],
    ["Before us", previous ?? (isOurs ? "not there" : "")],
    [
      "Waits for",
      waiting === undefined ? "" : `${waiting.for}${waiting.until === undefined ? "" : `, ${formatIn(waiting.until, nowMs)}`}`,
    ],
    [
      "By hand",
      override === undefined
        ? ""
        : `${override.value ?? "not to be there"}, by ${override.by}, ends ${formatIn(override.until, nowMs)}${override.reason === "" ? "" : `: ${override.reason}`}`,
    ],
    ["Latest actions", actions.map((id) => `#${id}`).join(", ")],
    ["By", place],
    ["Next", next],
  ];
}

function FactList(props: { readonly facts: readonly FactRead[]; readonly nowMs: number }): JSX.Element {
  return (
    <ul class="read">
      {props.facts.map(({ path, value, probe, observedAt, freshness }) => (
        <li key={`${path} ${probe}`}>
          <code>{path}</code>
          {value === "" ? <span class="waits">not known</span> : <span>{value}</span>}
          <span class="quiet">
            {[probe, observedAt === undefined ? "" : formatAgo(observedAt, props.nowMs)].filter((text) => text !== "").join(", ")}
            {freshness !== "fresh" && <span class="waits"> {freshness}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
