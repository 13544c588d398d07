/** What the findings and the age of the last word make of a node: one status, one sentence. Pure. */
import type { Finding, NodeStatus } from "@nodekeeper/shared/api";
import type { NodeView } from "../state/node-view.ts";
import { doesCount, isFiring } from "./does-count.ts";

/** The status of a node and why it has it. */
export interface NodeVerdict {
  readonly status: NodeStatus;
  /** One sentence without a full stop, e.g. "/ is 96 % full, and 1 more". */
  readonly reason: string;
  /** Since when it has been so (ms, the collector's clock). */
  readonly sinceMs: number;
}

/**
 * asleep from the goodbye of a machine that its owner switches off and suspends as they like; unknown while the node's last word is not fresh; failed
 * and degraded by findings of high and medium severity that count (does-count.ts); else ok. `recoveredAtMs` (Findings.recoveredAtMs) makes `sinceMs` of
 * a healthy node exact.
 */
export function judgeNode(
  view: Pick<NodeView, "node" | "nowMs" | "freshness">,
  findings: readonly Finding[],
  recoveredAtMs?: number,
): NodeVerdict {
  const { node, nowMs } = view;
  const asleepSinceMs = sleepOf(node);
  if (asleepSinceMs !== undefined) return { status: "asleep", reason: absence(node, nowMs), sinceMs: asleepSinceMs };
  if (view.freshness !== "fresh") {
    return { status: "unknown", reason: absence(node, nowMs), sinceMs: node.lastContactAtMs };
  }
  const firing = findings.filter(doesCount);
  const high = firing.filter((finding) => finding.severity === "high");
  const medium = firing.filter((finding) => finding.severity === "medium");
  if (high.length > 0) return { status: "failed", reason: summary(high, medium.length), sinceMs: earliest(high) };
  if (medium.length > 0) return { status: "degraded", reason: summary(medium, 0), sinceMs: earliest(medium) };
  const known = findings.filter((finding) => finding.severity !== "low" && isSetAside(finding));
  const sinceMs = Math.max(recoveredAtMs ?? node.firstSeenAtMs, ...known.flatMap(setAsideAtMs));
  return { status: "ok", reason: known.length === 0 ? "nothing wrong was found" : nothingElse(known), sinceMs };
}

/** Why a node does not speak now: it said that it goes, or is silent. Undefined while it speaks. */
export function awayText({ node, nowMs, freshness }: Pick<NodeView, "node" | "nowMs" | "freshness">): string | undefined {
  return freshness !== "fresh" || sleepOf(node) !== undefined ? absence(node, nowMs) : undefined;
}

/** Somebody knows of it. */
function isSetAside(finding: Finding): boolean {
  return isFiring(finding) && finding.attention?.isSetAside === true;
}

function setAsideAtMs({ attention }: Finding): readonly number[] {
  return (attention?.decisions ?? []).filter(({ kind }) => kind === "acknowledge").map(({ at }) => Date.parse(at));
}

function nothingElse({ length }: readonly Finding[]): string {
  return length === 1
    ? "nothing is wrong but what was acknowledged"
    : `nothing is wrong but ${length} findings that were acknowledged`;
}

/** The first of the loudest in words, and how many there are besides it. */
function summary(loudest: readonly Finding[], quieterCount: number): string {
  const first = [...loudest].sort((a, b) => firingSinceMs(a) - firingSinceMs(b) || a.id.localeCompare(b.id))[0];
  const text = (first?.text ?? "").replace(/\.$/, "");
  const more = loudest.length - 1 + quieterCount;
  return more === 0 ? text : `${text}, and ${more} more`;
}

function earliest(findings: readonly Finding[]): number {
  return Math.min(...findings.map(firingSinceMs));
}

function firingSinceMs(finding: Finding): number {
  return Date.parse(finding.firingSince ?? finding.pendingSince);
}

/** Since when a machine that comes and goes as its owner likes is off or suspended, as it said itself; undefined: it is not. */
function sleepOf({ connection, isIntermittent }: NodeView["node"]): number | undefined {
  if (!isIntermittent || connection.kind !== "disconnected") return undefined;
  return connection.goodbye === "shutdown" || connection.goodbye === "suspend" ? connection.sinceMs : undefined;
}

/** A machine that comes and goes as its owner likes is not silent: it is away. */
function absence({ connection, isIntermittent, lastContactAtMs }: NodeView["node"], nowMs: number): string {
  if (!isIntermittent || connection.kind !== "disconnected" || connection.goodbye === undefined)
    return silence(connection, nowMs - lastContactAtMs);
  const since = new Date(connection.sinceMs).toISOString().slice(0, 16).replace("T", " ");
  return `${leisure(connection.goodbye)} since ${since} UTC`;
}

function leisure(goodbye: string): string {
  switch (goodbye) {
    case "shutdown":
      return "switched off";
    case "suspend":
      return "asleep";
    case "reboot":
      return "restarting";
    case "upgrade":
      return "its agent is being upgraded";
    default:
      return "its agent is stopped";
  }
}

function silence(connection: NodeView["node"]["connection"], silentMs: number): string {
  const time = `silent for ${roughDuration(silentMs)}`;
  return connection.kind === "disconnected" && connection.goodbye !== undefined
    ? `${time}: ${farewell(connection.goodbye)}`
    : time;
}

/** What a goodbye means, for a person. */
function farewell(goodbye: string): string {
  switch (goodbye) {
    case "shutdown":
      return "it was shut down";
    case "reboot":
      return "it is rebooting";
    case "suspend":
      return "it was suspended";
    case "upgrade":
      return "its agent is being upgraded";
    default:
      return "its agent was stopped";
  }
}

/** A time span in its largest unit, rounded down. */
function roughDuration(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(durationMs / 1000))} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
