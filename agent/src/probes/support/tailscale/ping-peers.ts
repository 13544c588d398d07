/** The daemon's own ping of those peers that the collector asked for: on the way that their packets go, and without waking a tunnel. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { at, textOf } from "../document-values.ts";
import { forEachLimited } from "../for-each-limited.ts";
import { steadyWords } from "./health-messages.ts";
import type { PeerStatus, TailscaleStatus } from "./status.ts";
import { textsOf } from "./status-values.ts";
import type { PeerPing, WatchedPeers } from "./watched-peers.ts";

/** A peer is pinged once in this time … */
const pingEveryMs = 60_000;
/** … and one that is said to be offline, and did not answer, once in this. */
const pingOfflineEveryMs = 300_000;
/** As long as the way over a far relay takes that must be opened first. */
const timeoutMs = 3_000;
const maximumAtOnce = 8;
const maximumFailureBytes = 200;

/** Pings what is due, and notes what came of it. Never fails because of a peer. */
export async function pingPeers(
  host: Host,
  { backendState, peers }: TailscaleStatus,
  watched: WatchedPeers,
  uptimeMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (backendState !== "Running") return;
  const ids = new Set(watched.ids());
  const due = peers.filter((peer) => ids.has(peer.id) && isDue(peer, watched.pingOf(peer.id), uptimeMs));
  await forEachLimited(due, maximumAtOnce, async (peer) => {
    const outcome = await ping(host, peer, signal).catch((thrown: unknown) => ({ failure: failureOf(thrown) }));
    if (!signal.aborted) watched.note(peer.id, { atUptimeMs: uptimeMs, ...outcome });
  });
}

function isDue({ isOnline }: PeerStatus, last: PeerPing | undefined, uptimeMs: number): boolean {
  if (last === undefined) return true;
  const everyMs = last.failure === undefined || isOnline ? pingEveryMs : pingOfflineEveryMs;
  return uptimeMs - last.atUptimeMs >= everyMs;
}

type Outcome = { readonly latencySeconds: number } | { readonly failure: string };

async function ping(host: Host, { document }: PeerStatus, signal: AbortSignal): Promise<Outcome> {
  const [address] = textsOf(at(document, "TailscaleIPs"), 1, 64);
  if (address === undefined) return { failure: "it has no address" };
  const { status, text } = await host.ask({ service: "tailscale", question: "ping", address }, { timeoutMs, signal });
  return outcomeOf(status, text);
}

/** ipnstate PingResult. */
function outcomeOf(status: number, text: string): Outcome {
  const answer = parsed(text);
  const complaint = textOf(at(answer, "Err")) || textOf(at(answer, "error"));
  if (complaint !== "" || status !== 200)
    return { failure: steadyWords(complaint || `the daemon answered ${status}`, maximumFailureBytes) };
  const latencySeconds = at(answer, "LatencySeconds");
  if (typeof latencySeconds !== "number" || !(latencySeconds >= 0 && latencySeconds < 3600)) {
    return { failure: "the daemon's answer says no time" };
  }
  return { latencySeconds };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is judged by what it lacks
  }
}

/** The same words for the same trouble, so that facts change only with it. */
function failureOf(thrown: unknown): string {
  const { code, message } = AppError.from(thrown);
  const isLate = code === "PEER_UNREACHABLE" && message.includes("no answer within");
  return isLate ? `no answer within ${timeoutMs / 1000} s` : steadyWords(message, maximumFailureBytes);
}
