/**
 * The daemon's status (ipn/ipnstate Status), as far as it must be known of all peers. Nothing of it is believed to be there: lists are null
 * where they are empty, and much is left out by old versions.
 *
 * Whole numbers beyond 2^53 are ids of users and nodes; none of them is used, so that the engine's own reader does.
 */
import { TailscalePath } from "@nodekeeper/proto";
import { AppError, isPeerId } from "@nodekeeper/shared";
import { at, elementsOf, textOf } from "../document-values.ts";

/** What the daemon says. */
export interface TailscaleStatus {
  /** NoState, NeedsLogin, Running … */
  readonly backendState: string;
  /** All of it. */
  readonly document: unknown;
  /** By stable id, each once, sorted. */
  readonly peers: readonly PeerStatus[];
  /** Peers that could not be told from others: without a stable id, or no objects. */
  readonly namelessPeerCount: number;
}

/** One peer (ipnstate PeerStatus). */
export interface PeerStatus {
  readonly id: string;
  /** Something was sent to it within the last 45 s. */
  readonly isActive: boolean;
  readonly isOnline: boolean;
  readonly isExitNode: boolean;
  /** Lent by a VPN for a fee: there are hundreds of them, and they are nobody's machines. */
  readonly isRentedExitNode: boolean;
  /** How packets go to it now; undefined while it is not active, or has no way yet. */
  readonly route: PeerRoute | undefined;
  readonly document: unknown;
}

/** How packets go to a peer. */
export interface PeerRoute {
  readonly path: TailscalePath;
  /** An address, or a region of DERP. */
  readonly detail: string;
}

/** Reads a status. Throws HOST_ANSWER_MALFORMED where it is none, in words that hold nothing of it: there may be a secret in it. */
export function parseTailscaleStatus(text: string): TailscaleStatus {
  const document = parseJson(text);
  const backendState = textOf(at(document, "BackendState"), 32);
  if (backendState === "") throw malformed("it has no BackendState");
  const found = at(document, "Peer") ?? {};
  if (typeof found !== "object" || Array.isArray(found)) throw malformed("its Peer is no object");
  const all = Object.values(found).map(peerOf);
  const named = all.filter((peer) => peer !== undefined);
  const byId = new Map(named.map((peer) => [peer.id, peer]));
  const peers = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { backendState, document, peers, namelessPeerCount: all.length - named.length };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(`its ${text.length} characters are not JSON`);
  }
}

function malformed(why: string): AppError {
  return new AppError("HOST_ANSWER_MALFORMED", `the status that tailscaled gives cannot be understood: ${why}`);
}

function peerOf(document: unknown): PeerStatus | undefined {
  const id = at(document, "ID");
  if (typeof id !== "string" || !isPeerId(id)) return undefined;
  const isActive = at(document, "Active") === true;
  return {
    id,
    isActive,
    isOnline: at(document, "Online") === true,
    isExitNode: at(document, "ExitNode") === true,
    isRentedExitNode: elementsOf(at(document, "Tags")).includes(rentedExitNodeTag),
    route: isActive ? routeOf(document) : undefined,
    document,
  };
}

/** Tailscale's own tag for the exit nodes of Mullvad. */
const rentedExitNodeTag = "tag:mullvad-exit-node";

/** populatePeerStatus of wgengine/magicsock: `Relay` is the peer's home and is set however packets go. */
function routeOf(document: unknown): PeerRoute | undefined {
  const [address, peerRelay, region] = ["CurAddr", "PeerRelay", "Relay"].map((key) => textOf(at(document, key), 128));
  if (address) return { path: TailscalePath.DIRECT, detail: address };
  // The number after the address is of one session and says nothing.
  if (peerRelay) return { path: TailscalePath.PEER_RELAY, detail: peerRelay.replace(/:vni:\d+$/, "") };
  return region ? { path: TailscalePath.DERP, detail: region } : undefined;
}
