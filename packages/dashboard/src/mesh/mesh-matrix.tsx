/** Every machine's word about the way to every other: for a fleet that fits on a screen. */
import type { MeshEnd, MeshPath, MeshWay } from "@nodekeeper/shared/api";
import { formatSeconds } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { nodeLink } from "../route.ts";
import { cellKey, endText, matrixOf, wayMarks, wayTones, wayWords } from "./mesh-text.ts";

const legend: readonly MeshWay[] = ["direct", "relay", "peer-relay", "idle", "offline", "unknown"];

/** Rows say it, columns are of whom. */
export function MeshMatrix(props: { readonly paths: readonly MeshPath[]; readonly nowMs: number }): JSX.Element {
  const { names, ends } = matrixOf(props.paths);
  const used = new Set([...ends.values()].map(({ way }) => way));
  return (
    <section>
      <div class="table-place">
        <table class="matrix">
          <caption class="unseen">What each machine says of the way to each other</caption>
          <thead>
            <tr>
              <th scope="col">says ↓ of →</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((from) => (
              <tr key={from}>
                <th scope="row">
                  <a href={nodeLink(from)}>{from}</a>
                </th>
                {names.map((to) => (
                  <Cell key={to} isSelf={from === to} end={ends.get(cellKey(from, to))} nowMs={props.nowMs} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet legend">
        {legend
          .filter((way) => used.has(way))
          .map((way) => (
            <span key={way}>
              <span class={`way ${wayTones[way]}`} aria-hidden="true">
                {wayMarks[way]}
              </span>{" "}
              {wayWords[way]}
            </span>
          ))}
      </p>
    </section>
  );
}

function Cell(props: { readonly isSelf: boolean; readonly end: MeshEnd | undefined; readonly nowMs: number }): JSX.Element {
  const { isSelf, end, nowMs } = props;
  if (isSelf) return <td class="self" />;
  if (end === undefined) return <td class="quiet">?</td>;
  const { way, latencySeconds } = end;
  return (
    <td title={endText(end, nowMs)}>
      <span class={`way ${wayTones[way]}`} aria-hidden="true">
        {wayMarks[way]}
      </span>
      <span class="unseen">{wayWords[way]}</span>
      {latencySeconds !== undefined && <span class="quiet"> {formatSeconds(latencySeconds)}</span>}
    </td>
  );
}
