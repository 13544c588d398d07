/** Findings, loudest first, each with what to do. */
import type { Finding, NodeStatus, Severity } from "@nodekeeper/shared/api";
import { formatAgo, formatSince } from "@nodekeeper/shared/format";
import { findingHandle } from "../finding-handle.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { attentionText } from "./decisions.ts";

/** Under the text: behind severity and handle. */
const indent = " ".repeat(16);
const loudness: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

/** The tone of a severity. */
export const severityTone: Readonly<Record<Severity, Tone>> = { high: "bad", medium: "warning", low: "quiet" };

/** The tone of a node's status. */
export const statusTone: Readonly<Record<NodeStatus, Tone>> = {
  ok: "good",
  degraded: "warning",
  failed: "bad",
  unknown: "warning",
  asleep: "quiet",
};

/**
 * Each finding in two lines: its handle, what and since when; what to do; and a third where somebody decided something. Consequences stand below their
 * cause in a line each: what is to be done is to mend the cause. `isNodeNamed` where the nodes differ.
 */
export function renderFindings(terminal: Terminal, findings: readonly Finding[], nowMs: number, isNodeNamed: boolean): string {
  const causes = new Set(findings.filter(({ suppressedBy }) => suppressedBy === undefined).map(({ id }) => id));
  const below = Map.groupBy(findings, ({ suppressedBy = "" }) => (causes.has(suppressedBy) ? suppressedBy : ""));
  return (below.get("") ?? [])
    .toSorted(byLoudness)
    .flatMap((finding) => [finding, ...(below.get(finding.id) ?? []).toSorted(byLoudness)])
    .map((finding) => renderFinding(terminal, finding, nowMs, isNodeNamed))
    .join("\n");
}

function byLoudness(a: Finding, b: Finding): number {
  return loudness[a.severity] - loudness[b.severity] || a.pendingSince.localeCompare(b.pendingSince);
}

function renderFinding(terminal: Terminal, finding: Finding, nowMs: number, isNodeNamed: boolean): string {
  const isLoud = finding.state === "firing" && finding.suppressedBy === undefined && finding.attention?.isSetAside !== true;
  const mark = terminal.paint(isLoud ? severityTone[finding.severity] : "quiet", finding.severity.padEnd(6));
  const handle = terminal.paint("quiet", finding.state === "resolved" ? " ".repeat(6) : findingHandle(finding.id));
  const node = isNodeNamed ? `${terminal.paint("strong", finding.node === "" ? "cluster" : finding.node)}  ` : "";
  const remarks = [finding.rule, stateText(finding, nowMs), finding.isHeld ? "held: its facts are not fresh" : ""].filter(
    (text) => text !== "",
  );
  const first = `${mark}  ${handle}  ${node}${finding.text} ${terminal.paint("quiet", `(${remarks.join(", ")})`)}`;
  if (finding.state === "resolved" || finding.suppressedBy !== undefined) return first;
  const attention = attentionText(finding, nowMs);
  const below = [finding.action, ...(attention === "" ? [] : [terminal.paint("quiet", attention)])];
  return [first, ...below.map((line) => `${indent}${line}`)].join("\n");
}

function stateText(finding: Finding, nowMs: number): string {
  if (finding.suppressedBy !== undefined) return `a consequence of ${findingHandle(finding.suppressedBy)}`;
  if (finding.resolvedAt !== undefined) return `resolved ${formatAgo(finding.resolvedAt, nowMs)}`;
  if (finding.firingSince !== undefined) return formatSince(finding.firingSince, nowMs);
  return `pending ${formatSince(finding.pendingSince, nowMs)}`;
}
