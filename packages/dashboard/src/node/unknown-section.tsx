/** What could not be told, and why; and how each probe ran. */
import type { NodeDetail, UnknownFact } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { placeText, unknownsOf } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

/** One line for each thing that is not known; silence about it would look like health. */
export function UnknownSection(props: {
  readonly detail: NodeDetail;
  /** By the collector's word, which is asked for and may come later. */
  readonly told: readonly UnknownFact[] | undefined;
  readonly nowMs: number;
}): JSX.Element {
  const { detail, told, nowMs } = props;
  const unknowns: readonly UnknownFact[] = told ?? unknownsOf(detail);
  return (
    <>
      {unknowns.length > 0 && (
        <section id="unknown">
          <h2>Could not tell</h2>
          <ul class="unknowns">
            {unknowns.map((unknown) => (
              <li key={`${unknown.probe} ${unknown.kind} ${unknown.id}`}>
                <strong>{placeText(unknown, detail.subjects)}</strong> {unknown.reason}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>Probes</h2>
        <div class="table-place">
          <table>
            <thead>
              <tr>
                <th>Probe</th>
                <th>Outcome</th>
                <th>Last run</th>
                <th class="number">Took</th>
                <th class="number">Every</th>
              </tr>
            </thead>
            <tbody>
              {detail.probes.map((probe) => (
                <tr key={probe.name}>
                  <td>{probe.name}</td>
                  <td>
                    {probe.outcome}
                    {probe.freshness !== "fresh" && <span class="quiet"> ({probe.freshness})</span>}
                  </td>
                  <td>{formatAgo(probe.observedAt, nowMs)}</td>
                  <td class="number">{probe.durationMs} ms</td>
                  <td class="number">{Math.round(probe.intervalMs / 1000)} s</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
