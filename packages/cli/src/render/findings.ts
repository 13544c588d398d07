/** Findings, loudest first, each with what to do. */
import type { Finding, NodeStatus, Severity } from "@nodekeeper/shared/api";
import { formatAgo, formatSince } from "@nodekeeper/shared/format";
import type { Terminal, Tone } from "../terminal.ts";

const loudness: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

/** The tone of a severity. */
export const severityTone: Readonly<Record<Severity, Tone>> = { high: "bad", medium: "warning", low: "quiet" };

/** The tone of a node's status. */
export const statusTone: Readonly<Record<NodeStatus, Tone>> = {
  ok: "good",
  degraded: "warning",
  failed: "bad",
  unknown: "warning",
};

/** Each finding in two lines: what and since when; what to do. `isNodeNamed` where the nodes differ. */
export function renderFindings(terminal: Terminal, findings: readonly Finding[], nowMs: number, isNodeNamed: boolean): string {
  return [...findings]
    .sort((a, b) => loudness[a.severity] - loudness[b.severity] || a.pendingSince.localeCompare(b.pendingSince))
    .map((finding) => renderFinding(terminal, finding, nowMs, isNodeNamed))
    .join("\n");
}

function renderFinding(terminal: Terminal, finding: Finding, nowMs: number, isNodeNamed: boolean): string {
  const mark = terminal.paint(finding.state === "firing" ? severityTone[finding.severity] : "quiet", finding.severity.padEnd(6));
  const node = isNodeNamed ? `${terminal.paint("strong", finding.node)}  ` : "";
  const remarks = [finding.rule, stateText(finding, nowMs), finding.isHeld ? "held: its facts are not fresh" : ""].filter(
    (text) => text !== "",
  );
  const first = `${mark}  ${node}${finding.text} ${terminal.paint("quiet", `(${remarks.join(", ")})`)}`;
  return finding.state === "resolved" ? first : `${first}\n        ${finding.action}`;
}

function stateText(finding: Finding, nowMs: number): string {
  if (finding.suppressedBy !== undefined) return "a consequence of another finding";
  if (finding.resolvedAt !== undefined) return `resolved ${formatAgo(finding.resolvedAt, nowMs)}`;
  if (finding.firingSince !== undefined) return formatSince(finding.firingSince, nowMs);
  return `pending ${formatSince(finding.pendingSince, nowMs)}`;
}
