/** Ways over the tailnet in words. Pure. */
import type { MeshEnd, MeshPath, MeshWay } from "@nodekeeper/shared/api";
import { formatAgo, formatSeconds, formatTimeSpan } from "@nodekeeper/shared/format";

/** A way in a word. */
export const wayWords: Readonly<Record<MeshWay, string>> = {
  direct: "direct",
  relay: "relayed",
  "peer-relay": "relayed by a peer",
  idle: "idle",
  offline: "offline",
  unknown: "unknown",
};

/** A way as a mark for a small place; the word stands beside it for who does not see it. */
export const wayMarks: Readonly<Record<MeshWay, string>> = {
  direct: "●",
  relay: "◐",
  "peer-relay": "◑",
  idle: "○",
  offline: "✕",
  unknown: "?",
};

/** How it is coloured. */
export const wayTones: Readonly<Record<MeshWay, string>> = {
  direct: "ok",
  relay: "degraded",
  "peer-relay": "degraded",
  idle: "idle",
  offline: "failed",
  unknown: "unknown",
};

/** What one end says: "direct by 192.168.1.4:41641, 0.4 ms". */
export function endText(end: MeshEnd, nowMs: number): string {
  const { way, detail, lastWay, latencySeconds, handshakeAgeSeconds, freshness, observedAt, reason } = end;
  if (way === "unknown") return `unknown: ${reason ?? "no reason was given"}`;
  const place = detail === undefined || detail === "" ? "" : way === "direct" ? ` by ${detail}` : ` over ${detail}`;
  const isSilent = way === "idle" || way === "offline";
  const old = freshness === undefined || freshness === "fresh" ? undefined : `${freshness}, said ${agoText(observedAt, nowMs)}`;
  return [
    `${wayWords[way]}${place}`,
    isSilent && lastWay !== undefined ? `last ${wayWords[lastWay]}` : undefined,
    latencySeconds === undefined ? undefined : formatSeconds(latencySeconds),
    isSilent && handshakeAgeSeconds !== undefined ? `last handshake ${formatTimeSpan(handshakeAgeSeconds)} ago` : undefined,
    old,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

/** Names of machines and what each says of the way to each other, from paths of which each pair is there once. */
export function matrixOf(paths: readonly MeshPath[]): {
  readonly names: readonly string[];
  readonly ends: ReadonlyMap<string, MeshEnd>;
} {
  const names = new Set<string>();
  const ends = new Map<string, MeshEnd>();
  for (const { from, to } of paths) {
    names.add(from.node).add(to.node);
    ends.set(cellKey(from.node, to.node), from);
    ends.set(cellKey(to.node, from.node), to);
  }
  return { names: [...names].sort((a, b) => a.localeCompare(b)), ends };
}

/** Where in the matrix it stands what `from` says of the way to `to`. */
export function cellKey(from: string, to: string): string {
  return `${from} ${to}`;
}

function agoText(timestamp: string | undefined, nowMs: number): string {
  return timestamp === undefined ? "long ago" : formatAgo(timestamp, nowMs);
}
