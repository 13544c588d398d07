/** What people decided about findings. */
import type { Decision, DecisionKind, DecisionScope, Finding } from "@nodekeeper/shared/api";
import { formatAgo, formatIn } from "@nodekeeper/shared/format";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const participles: Readonly<Record<DecisionKind, string>> = {
  acknowledge: "acknowledged",
  accept: "accepted",
  mute: "muted",
  maintenance: "maintenance",
};

/** A line each, the newest first. */
export function renderDecisions(terminal: Terminal, decisions: readonly Decision[], nowMs: number): string {
  const columns = [
    { title: "ID" },
    { title: "IS" },
    { title: "WHAT", minimumWidth: 16 },
    { title: "TERM" },
    { title: "BY" },
    { title: "MADE" },
    { title: "REASON" },
  ];
  const rows = decisions.map((one): readonly Cell[] => [
    { text: one.id, tone: "strong" },
    participles[one.kind],
    scopeText(one.scope),
    termText(one, nowMs),
    one.by,
    formatAgo(one.at, nowMs),
    one.reason,
  ]);
  return renderTable(terminal, columns, rows);
}

/** The parts of a sentence, e.g. "muted", "disk-worn on neko", "ends in 2 h". */
export function wordsOf(
  decision: Decision,
  nowMs: number,
): { readonly is: string; readonly what: string; readonly term: string } {
  return { is: participles[decision.kind], what: scopeText(decision.scope), term: termText(decision, nowMs) };
}

/** Of a finding, by whom, until when and why, of each kind the one that lasts longest; "" where nobody decided anything. */
export function attentionText({ attention }: Finding, nowMs: number): string {
  const ofKinds = Map.groupBy(attention?.decisions ?? [], ({ kind }) => kind);
  return [...ofKinds.values()].map((decisions) => lastingText(decisions, nowMs)).join("; ");
}

function lastingText(decisions: readonly Decision[], nowMs: number): string {
  const [longest] = [...decisions].sort((a, b) => endsAtMs(b) - endsAtMs(a));
  if (longest === undefined) return "";
  const { kind, by, at, until, reason } = longest;
  const what = kind === "maintenance" ? "in maintenance" : participles[kind];
  const ends = until === undefined ? "" : `, ends ${formatIn(until, nowMs)}`;
  return `${what} by ${by} ${formatAgo(at, nowMs)}${ends}${reason === "" ? "" : `: ${reason}`}`;
}

function endsAtMs({ until }: Decision): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}

function termText({ kind, from, until }: Decision, nowMs: number): string {
  const isAhead = from !== undefined && Date.parse(from) > nowMs;
  const begins = isAhead ? `begins ${formatIn(from, nowMs)}, ` : "";
  if (until !== undefined) return `${begins}ends ${formatIn(until, nowMs)}`;
  return `${begins}${kind === "acknowledge" ? "until it gets worse" : "until somebody ends it"}`;
}

function scopeText({ node, rule, subject }: DecisionScope): string {
  const what = rule ?? "everything";
  const where = node === undefined ? "on all nodes" : node === "" ? "of the cluster" : `on ${node}`;
  return `${what} ${where}${subject === undefined || subject.id === "" ? "" : ` (${subject.id})`}`;
}
