/** One finding: what is wrong, since when, how sure, what to do, what follows from it, and what was and can be decided. */
import type { Finding } from "@nodekeeper/shared/api";
import { formatAgo, formatSince } from "@nodekeeper/shared/format";
import { counted } from "@nodekeeper/shared/readings";
import { shellWord } from "@nodekeeper/shared/shell-word";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type FactRow, Facts } from "../facts.tsx";
import { Prose } from "../prose.tsx";
import { nodeLink } from "../route.ts";
import { BaselineAction } from "./baseline-action.tsx";
import type { Deciding } from "./deciding.ts";
import { DecisionActions } from "./decision-actions.tsx";
import { DecisionLines } from "./decision-lines.tsx";
import { evidenceText } from "./evidence-text.ts";
import { FindingLife } from "./finding-life.tsx";
import { type FindingGroup, sinceOf } from "./group-findings.ts";
import { offersFor } from "./offers.ts";

/** The rule whose findings end when the errors of the disk are judged anew. */
const growingErrors = "disk-errors-growing";

/** The card. */
export function FindingCard(props: {
  readonly group: FindingGroup;
  readonly nowMs: number;
  readonly isNodeNamed: boolean;
  readonly deciding: Deciding;
}): JSX.Element {
  const { group, nowMs, isNodeNamed, deciding } = props;
  const { finding, consequences } = group;
  const [isOpen, setIsOpen] = useState(false);
  const isOver = finding.state === "resolved";
  const decisions = finding.attention?.decisions ?? [];
  return (
    <li class={`finding ${finding.severity} ${finding.state} ${finding.attention?.isSetAside === true ? "aside-set" : ""}`}>
      <FindingHead finding={finding} nowMs={nowMs} isNodeNamed={isNodeNamed} />
      {finding.suppressedBy !== undefined && (
        <div class="quiet">It is a consequence of something else, and not told by itself.</div>
      )}
      <DecisionLines decisions={decisions} deciding={deciding} nowMs={nowMs} />
      {consequences.length > 0 && <Consequences findings={consequences} nowMs={nowMs} isNodeNamed={isNodeNamed} />}
      <div class="finding-foot">
        <details class="evidence" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
          <summary>Evidence</summary>
          <FindingEvidence finding={finding} nowMs={nowMs} />
          {isOpen && <FindingLife id={finding.id} nowMs={nowMs} />}
          {deciding.isAdmin && finding.rule === growingErrors && !isOver && (
            <BaselineAction node={finding.node} disk={finding.subject.id} name="this disk" />
          )}
        </details>
        {!isOver && (
          <DecisionActions
            offers={offersFor(finding)}
            deciding={deciding}
            about={finding.text}
            command={`nodekeeper ack ${shellWord(finding.id)}`}
          />
        )}
      </div>
    </li>
  );
}

/** What is wrong and what to do, in three lines. */
export function FindingHead(props: {
  readonly finding: Finding;
  readonly nowMs: number;
  readonly isNodeNamed: boolean;
}): JSX.Element {
  const { finding, nowMs, isNodeNamed } = props;
  return (
    <>
      <div class="finding-text">
        {isNodeNamed && <>{finding.node === "" ? "cluster:" : <a href={nodeLink(finding.node)}>{finding.node}</a>} </>}
        <Prose text={finding.text} />
      </div>
      {finding.state !== "resolved" && (
        <div class="finding-action">
          <Prose text={finding.action} />
        </div>
      )}
      <div class="quiet">
        <span class={`loudness ${finding.severity}`}>{finding.severity}</span> · {remarks(finding, nowMs).join(" · ")}
      </div>
      {finding.isHeld && <div class="doubt">Its facts are not fresh: it stands as it last was, and may be over.</div>}
    </>
  );
}

function Consequences(props: {
  readonly findings: readonly Finding[];
  readonly nowMs: number;
  readonly isNodeNamed: boolean;
}): JSX.Element {
  return (
    <details class="evidence consequences">
      <summary>{counted(props.findings.length, "consequence")} of it</summary>
      <ul>
        {props.findings.map((finding) => (
          <li key={finding.id} class="consequence">
            <FindingHead finding={finding} nowMs={props.nowMs} isNodeNamed={props.isNodeNamed} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function FindingEvidence(props: { readonly finding: Finding; readonly nowMs: number }): JSX.Element {
  const { finding, nowMs } = props;
  const { subject, evidence } = finding;
  const observed =
    evidence
      .map(({ observedAt }) => observedAt ?? "")
      .sort()
      .at(-1) ?? "";
  const rows: readonly FactRow[] = [
    ...evidence.map((each) => evidenceText(each, nowMs)),
    ["Read", observed === "" ? "" : formatAgo(observed, nowMs)],
    ["About", subject.kind === "node" ? "" : `${subject.kind.replaceAll("_", " ")} ${subject.id}`.trim()],
  ];
  return <Facts rows={rows} />;
}

function remarks(finding: Finding, nowMs: number): readonly string[] {
  const { state, rule, resolvedAt, resolvedBecause } = finding;
  if (state === "resolved") {
    const over = resolvedAt === undefined ? "over" : `over since ${formatAgo(resolvedAt, nowMs)}`;
    const lasted = resolvedAt === undefined ? [] : [`lasted ${formatSince(sinceOf(finding), Date.parse(resolvedAt)).slice(4)}`];
    return [over, ...lasted, ...(resolvedBecause === undefined ? [] : [resolvedBecause]), rule];
  }
  const since = formatSince(sinceOf(finding), nowMs);
  return [state === "pending" ? `not sure yet, seen ${since}` : since, rule];
}
