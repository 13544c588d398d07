/** How state looks: one mark for nodes, one for findings. Never by colour alone. */
import type { Finding, NodeStatus } from "@nodekeeper/shared/api";
import { formatSince } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { nodeLink } from "./route.ts";

/** A node's status as a word in a pill. */
export function StatusPill(props: { readonly status: NodeStatus }): JSX.Element {
  return <span class={`pill ${props.status}`}>{props.status}</span>;
}

const loudness = { high: 0, medium: 1, low: 2 };

/** Findings, loudest first, each with its reason, age and what to do. */
export function FindingList(props: {
  readonly findings: readonly Finding[];
  readonly nowMs: number;
  readonly isNodeNamed: boolean;
}): JSX.Element {
  const sorted = [...props.findings].sort(
    (a, b) => loudness[a.severity] - loudness[b.severity] || a.pendingSince.localeCompare(b.pendingSince),
  );
  return (
    <ul class="findings">
      {sorted.map((finding) => (
        <li key={finding.id} class={`finding ${finding.severity} ${finding.state}`}>
          <div class="finding-text">
            {props.isNodeNamed && (
              <>
                <a href={nodeLink(finding.node)}>{finding.node}</a>{" "}
              </>
            )}
            {finding.text}
          </div>
          <div class="finding-action">{finding.action}</div>
          <div class="quiet">{remarks(finding, props.nowMs)}</div>
        </li>
      ))}
    </ul>
  );
}

function remarks(finding: Finding, nowMs: number): string {
  const since =
    finding.firingSince === undefined
      ? `pending ${formatSince(finding.pendingSince, nowMs)}`
      : formatSince(finding.firingSince, nowMs);
  return [
    `${finding.severity} severity`,
    since,
    finding.rule,
    ...(finding.isHeld ? ["held: its facts are not fresh"] : []),
    ...(finding.suppressedBy === undefined ? [] : ["a consequence of another finding"]),
  ].join(" · ");
}
