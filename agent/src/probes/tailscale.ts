/**
 * The tailnet as this machine sees it: the daemon's state, this machine, and its peers by stable id with the way that packets go to them.
 * Source: the LocalAPI of tailscaled on its socket (ipn/ipnstate Status). Needs no more than to reach the socket.
 *
 * Absent where no Tailscale is installed; failed where one is and does not answer. Logged out and stopped are what the daemon says, and ok; it
 * tells of no peers then, so that the list proves nothing. What changes all the time on an idle tailnet is a sample.
 *
 * Peers that the collector asked for are pinged by the daemon once a minute; a run that finds one silent takes up to six seconds longer.
 */
import type { Subject, SubjectList } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { absentSubject, completeList, incompleteList, okSubject, type Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import { askStatus } from "./support/tailscale/ask-status.ts";
import { choosePeers, maximumPeers } from "./support/tailscale/choose-peers.ts";
import { type PeerContext, peerSamples, peerValue } from "./support/tailscale/peer-subject.ts";
import { pingPeers } from "./support/tailscale/ping-peers.ts";
import type { TailscaleStatus } from "./support/tailscale/status.ts";
import { tailscaleSamples, tailscaleValue } from "./support/tailscale/tailscale-subject.ts";
import { createWatchedPeers, type PeerPing, type WatchedPeers } from "./support/tailscale/watched-peers.ts";

/** What one run reads; undefined where no Tailscale is installed. */
export interface RawTailscale {
  readonly status: TailscaleStatus;
  /** Peers that the collector asked for, with their last ping. */
  readonly watched: ReadonlyMap<string, PeerPing | undefined>;
  /** Peers as they were last told of. */
  readonly before: readonly Subject[];
  /** Stable ids of those that the last run told of. */
  readonly toldLast: ReadonlySet<string>;
  readonly wallMs: number;
}

/** Makes the probe. Without `watched` it pings nobody. */
export function createTailscaleProbe(watched: WatchedPeers = createWatchedPeers()): Probe<RawTailscale | undefined> {
  return defineProbe<RawTailscale | undefined>({
    name: "tailscale",
    title: "Tailscale and the way to its peers",
    intervalMs: 15_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 3_600_000,
    timeoutMs: 12_000,
    needs: { paths: ["/run/tailscale/tailscaled.sock"], commands: [], root: false },
    read: (host, signal, lastReadAt, past) => read({ host, signal, lastReadAt, past, watched }),
    parse,
  });
}

interface Run {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
  readonly watched: WatchedPeers;
}

async function read({ host, signal, lastReadAt, past, watched }: Run): Promise<RawTailscale | undefined> {
  const status = await askStatus(host, signal);
  if (status === undefined) return undefined;
  const { wallMs, uptimeMs } = await host.time();
  await pingPeers(host, status, watched, uptimeMs, signal);
  const before = past?.readings("tailscale_peer") ?? [];
  const lastRunMs = lastReadAt?.("tailscale", "");
  const told = before.filter(({ id }) => lastReadAt?.("tailscale_peer", id) === lastRunMs);
  return {
    ...{ status, before, wallMs },
    watched: new Map(watched.ids().map((id) => [id, watched.pingOf(id)])),
    toldLast: new Set(told.map(({ id }) => id)),
  };
}

function parse(raw: RawTailscale | undefined): Payload | undefined {
  if (raw === undefined) return undefined;
  const { status, watched, toldLast, wallMs } = raw;
  const before = new Map(raw.before.map((subject) => [subject.id, subject]));
  const told = choosePeers(status.peers, [...watched.keys()], toldLast).map((peer) => {
    const { id } = peer;
    const context: PeerContext = { before: before.get(id), isWatched: watched.has(id), ping: watched.get(id), wallMs };
    return { subject: okSubject("tailscale_peer", id, peerValue(peer, context)), samples: peerSamples(peer, context) };
  });
  return {
    subjects: [
      okSubject("tailscale", "", tailscaleValue(status, wallMs)),
      ...told.map(({ subject }) => subject),
      ...missingPeers(status, watched.keys()),
    ],
    lists: [peerList(status, told.length)],
    samples: [...tailscaleSamples(status), ...told.flatMap(({ samples }) => samples)],
  };
}

/** Peers that the collector asked for, and that this tailnet does not have. A daemon that is not running knows none; one without id may be it. */
function missingPeers(
  { backendState, peers, namelessPeerCount }: TailscaleStatus,
  watched: Iterable<string>,
): readonly Subject[] {
  if (backendState !== "Running" || namelessPeerCount > 0) return [];
  const known = new Set(peers.map(({ id }) => id));
  return [...watched].filter((id) => !known.has(id)).map((id) => absentSubject("tailscale_peer", id));
}

function peerList({ backendState, peers, namelessPeerCount }: TailscaleStatus, toldCount: number): SubjectList {
  const reason = incompleteBecause(backendState, peers.length, namelessPeerCount, toldCount);
  return reason === undefined ? completeList("tailscale_peer") : incompleteList("tailscale_peer", reason);
}

function incompleteBecause(state: string, count: number, namelessCount: number, toldCount: number): AppError | undefined {
  if (namelessCount > 0) return new AppError("HOST_ANSWER_MALFORMED", `${namelessCount} peers have no stable id`);
  if (toldCount < count) {
    return new AppError("HOST_OUTPUT_TOO_LARGE", `the tailnet has more peers than the ${maximumPeers} that are reported`);
  }
  if (state === "Running" || count > 0) return undefined;
  return new AppError("PEER_REFUSED", `Tailscale is in the state ${state}: the daemon tells of no peers`);
}
