/** The steps of a plan as a diff: by kind where there are many, and by node. */
import type { PlannedOperation } from "@nodekeeper/shared/api";
import {
  changeText,
  counted,
  namesText,
  type OperationMark,
  operationGroups,
  operationMark,
  operationsByNode,
  waitingText,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { Prose } from "../prose.tsx";
import { nodeLink } from "../route.ts";

/** More are told by their kind first. */
const readableCount = 60;
const nodesAtOnce = 50;
/** Where a label is another on every node, there are as many kinds of steps. */
const kindsAtOnce = 60;
const tones: Readonly<Record<OperationMark, string>> = { "+": "comes", "~": "changes", "-": "goes" };

/** All steps. */
export function Steps(props: { readonly operations: readonly PlannedOperation[]; readonly domain: string }): JSX.Element {
  const { operations, domain } = props;
  const isMany = operations.length > readableCount;
  const [limit, setLimit] = useState(0);
  const nodes = operationsByNode(operations);
  const shown = nodes.slice(0, isMany ? limit : Math.max(limit, nodesAtOnce));
  return (
    <section>
      <h2>
        {counted(operations.length, "step")} on {counted(nodes.length, "node")}
      </h2>
      {domain !== "" && <p class="quiet aside">Keys are those of {domain}.</p>}
      {isMany && <Kinds operations={operations} domain={domain} />}
      {shown.map(([node, some]) => (
        <div key={node} class="diff card">
          <a class="card-name" href={nodeLink(node)}>
            {node}
          </a>
          <ul>
            {some.map((one) => (
              <Step key={`${one.reconciler} ${one.item}`} operation={one} domain={domain} />
            ))}
          </ul>
        </div>
      ))}
      {shown.length < nodes.length && (
        <button type="button" class="more" onClick={() => setLimit(shown.length + nodesAtOnce)}>
          {shown.length === 0 ? "Show each node" : `Show more of ${nodes.length.toLocaleString("en")} nodes`}
        </button>
      )}
    </section>
  );
}

function Step(props: { readonly operation: PlannedOperation; readonly domain: string }): JSX.Element {
  const { operation, domain } = props;
  const now = useNowMs();
  const { kind, why, waiting } = operation;
  return (
    <li>
      <Change operation={operation} domain={domain} />
      <span class="quiet">
        <Prose text={`${kind === "repair" || kind === "restore" ? `${kind}: ` : ""}${why}`} />
        {waiting !== undefined && waiting.for !== "approval" && (
          <span class="waits">
            {" "}
            · <Prose text={waiting.for === "mode" ? "waits for the approval" : `waits: ${waitingText(waiting, now)}`} />
          </span>
        )}
      </span>
    </li>
  );
}

function Change(props: { readonly operation: PlannedOperation; readonly domain: string }): JSX.Element {
  const mark = operationMark(props.operation);
  return (
    <code class={`change ${tones[mark]}`} title={tones[mark]}>
      {mark} {changeText(props.operation, props.domain)}
    </code>
  );
}

function Kinds(props: { readonly operations: readonly PlannedOperation[]; readonly domain: string }): JSX.Element {
  const groups = operationGroups(props.operations);
  return (
    <div class="diff card">
      <ul>
        {groups.slice(0, kindsAtOnce).map(({ operation, nodes }) => (
          <li key={`${operation.kind} ${changeText(operation, "")} ${operation.waiting?.for}`}>
            <Change operation={operation} domain={props.domain} />
            <span>
              {counted(nodes.length, "node")} <span class="quiet">{namesText(nodes, 3)}</span>
              {operation.waiting !== undefined && operation.waiting.for !== "approval" && (
                <span class="waits"> · waits for {operation.waiting.for}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {groups.length > kindsAtOnce && (
        <p class="quiet">and {(groups.length - kindsAtOnce).toLocaleString("en")} other kinds of steps</p>
      )}
    </div>
  );
}
