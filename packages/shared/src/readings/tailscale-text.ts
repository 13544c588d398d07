/** The tailnet in words: this machine in it, and its peers with the way to each. */
import type { SubjectBody } from "../api/node.ts";
import { formatAgo, formatIn } from "../format.ts";
import { booleanField, numberField, textField, textsField } from "./fields.ts";
import { presentSubjects } from "./subjects.ts";

const pathWords: Readonly<Record<string, string>> = { direct: "direct", derp: "DERP", peer_relay: "peer relay" };

/** A key that ends within so long is told, in ms. */
const keySoonMs = 30 * 86_400_000;

/** This machine in its tailnet: "Running as lynx.example.ts.net, 100.64.0.7"; a state other than Running stands alone. */
export function tailscaleText(self: SubjectBody): string {
  const state = textField(self, "backendState") || "state unknown";
  const name = textField(self, "dnsName") || textField(self, "hostName");
  const [address = ""] = textsField(self, "addresses");
  const isOffline = booleanField(self, "isOnline") === false && state === "Running";
  return [name === "" ? state : `${state} as ${name}`, isOffline ? "offline for the control plane" : "", address]
    .filter((part) => part !== "")
    .join(", ");
}

/** How many peers there are: "8 peers, 6 online, 4 active (2 direct, 2 relayed)"; "" where that is not known. */
export function peerCountsText(self: SubjectBody): string {
  const {
    peers_total: all,
    online_peers_total: online,
    active_peers_total: active,
    direct_peers_total: direct,
    relayed_peers_total: relayed,
  } = self.samples;
  if (all === undefined) return "";
  const paths = [direct ? `${direct} direct` : "", relayed ? `${relayed} relayed` : ""].filter((part) => part !== "").join(", ");
  return [
    `${all} ${all === 1 ? "peer" : "peers"}`,
    online === undefined ? "" : `${online} online`,
    active === undefined ? "" : `${active} active${paths === "" ? "" : ` (${paths})`}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** When a key ends: "key ends in 9 d", "key ended 40 d ago"; "" for one that never does. */
export function keyText(machine: SubjectBody, nowMs: number): string {
  const expiresAtMs = numberField(machine, "keyExpiresAtUnixMs");
  const isExpired = booleanField(machine, "isKeyExpired") === true || (expiresAtMs !== undefined && expiresAtMs <= nowMs);
  if (expiresAtMs === undefined) return isExpired ? "key has ended" : "";
  const at = new Date(expiresAtMs).toISOString();
  return isExpired ? `key ended ${formatAgo(at, nowMs)}` : `key ends ${formatIn(at, nowMs)}`;
}

/** The same for a peer, whose key is worth a word only when it has ended or soon will. */
export function peerKeyText(peer: SubjectBody, nowMs: number): string {
  const expiresAtMs = numberField(peer, "keyExpiresAtUnixMs");
  return expiresAtMs !== undefined && expiresAtMs - nowMs > keySoonMs ? "" : keyText(peer, nowMs);
}

/** What people call a peer: the first part of its name in the tailnet's DNS. */
export function peerName(peer: SubjectBody): string {
  return textField(peer, "dnsName").split(".")[0] || textField(peer, "hostName") || peer.id;
}

/** The way to a peer: "direct 192.0.2.20:41641", "DERP fra", "idle", "offline, seen 1 d 2 h ago". */
export function peerPathText(peer: SubjectBody, nowMs: number): string {
  if (booleanField(peer, "isOnline") === false) {
    const seenAtMs = numberField(peer, "lastSeenAtUnixMs");
    return seenAtMs === undefined ? "offline" : `offline, seen ${formatAgo(new Date(seenAtMs).toISOString(), nowMs)}`;
  }
  const path = pathWords[textField(peer, "path")];
  if (path === undefined || peer.samples["is_active"] !== 1) return "idle";
  return [path, textField(peer, "pathDetail")].filter((word) => word !== "").join(" ");
}

/** Why a peer wants a look, the most urgent first in `rankOrder`. */
type PeerRank = "failing" | "ending" | "relayed" | "direct" | "idle" | "offline";

const rankOrder: readonly PeerRank[] = ["failing", "ending", "relayed", "direct", "idle", "offline"];

/** Peers in the order in which they are worth a look: what fails, ends or takes a relay first, then the slowest; idle and offline ones last. */
export function peersWorstFirst(subjects: readonly SubjectBody[], nowMs: number): readonly SubjectBody[] {
  const rank = (peer: SubjectBody): number => rankOrder.indexOf(rankOf(peer, nowMs));
  return [...presentSubjects(subjects, "tailscale_peer")].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.samples["latency_seconds"] ?? -1) - (a.samples["latency_seconds"] ?? -1) ||
      peerName(a).localeCompare(peerName(b), "en", { numeric: true }),
  );
}

/** True for one that is in use, that somebody watches, or that has a trouble: idle and offline ones are what most peers are. */
export function isPeerWorthSeeing(peer: SubjectBody, nowMs: number): boolean {
  return booleanField(peer, "isWatched") === true || !["idle", "offline"].includes(rankOf(peer, nowMs));
}

/** How its way looks: bad where it cannot be reached though somebody watches it, a warning where packets take a relay. */
export function peerTone(peer: SubjectBody, nowMs: number): "bad" | "warning" | "good" | "plain" {
  const rank = rankOf(peer, nowMs);
  if (rank === "failing") return "bad";
  if (rank === "idle" || rank === "offline" || peer.samples["is_active"] !== 1) return "plain";
  return textField(peer, "path") === "direct" ? "good" : "warning";
}

function rankOf(peer: SubjectBody, nowMs: number): PeerRank {
  const isOnline = booleanField(peer, "isOnline") !== false;
  const isWatched = booleanField(peer, "isWatched") === true;
  if (textField(peer, "pingFailure") !== "" || (isWatched && !isOnline)) return "failing";
  if (!isOnline) return "offline";
  if (peerKeyText(peer, nowMs) !== "") return "ending";
  if (peer.samples["is_active"] !== 1) return "idle";
  return textField(peer, "path") === "direct" ? "direct" : "relayed";
}
