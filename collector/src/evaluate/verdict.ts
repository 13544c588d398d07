/** What the findings and the age of the last word make of a node: one status, one sentence. Pure. */
import type { Finding, NodeStatus } from "@nodekeeper/shared/api";
import type { NodeView } from "../state/node-view.ts";

/** The status of a node and why it has it. */
export interface NodeVerdict {
  readonly status: NodeStatus;
  /** One sentence without a full stop, e.g. "/ is 96 % full, and 1 more". */
  readonly reason: string;
  /** Since when it has been so (ms, the collector's clock). */
  readonly sinceMs: number;
}

/**
 * unknown while the node's last word is not fresh; failed and degraded by firing findings of high and medium severity that are not
 * suppressed; else ok. `recoveredAtMs` (Findings.recoveredAtMs) makes `sinceMs` of a healthy node exact.
 */
export function judgeNode(
  view: Pick<NodeView, "node" | "nowMs" | "freshness">,
  findings: readonly Finding[],
  recoveredAtMs?: number,
): NodeVerdict {
  const { node, nowMs } = view;
  if (view.freshness !== "fresh") {
    return { status: "unknown", reason: silence(node.connection, nowMs - node.lastContactAtMs), sinceMs: node.lastContactAtMs };
  }
  const firing = findings.filter((finding) => finding.state === "firing" && finding.suppressedBy === undefined);
  const high = firing.filter((finding) => finding.severity === "high");
  const medium = firing.filter((finding) => finding.severity === "medium");
  if (high.length > 0) return { status: "failed", reason: summary(high, medium.length), sinceMs: earliest(high) };
  if (medium.length > 0) return { status: "degraded", reason: summary(medium, 0), sinceMs: earliest(medium) };
  return { status: "ok", reason: "nothing wrong was found", sinceMs: recoveredAtMs ?? node.firstSeenAtMs };
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
