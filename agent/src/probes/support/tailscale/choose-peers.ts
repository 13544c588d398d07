/** Which peers of a large tailnet are told of: those that matter, and from run to run the same. */
import type { PeerStatus } from "./status.ts";

/** No more than these are reported; all are counted. */
export const maximumPeers = 128;

/**
 * Those that the collector asked for, then those in use, then the online ones, then the others; exit nodes that are rented come last. Among
 * equals, one that the last run reported stays: facts must not change because of names alone.
 */
export function choosePeers(
  peers: readonly PeerStatus[],
  watched: readonly string[],
  toldLast: ReadonlySet<string>,
): readonly PeerStatus[] {
  if (peers.length <= maximumPeers) return peers;
  const asked = new Set(watched);
  const ranked = peers.map((peer) => ({ peer, rank: 2 * rankOf(peer, asked) + (toldLast.has(peer.id) ? 0 : 1) }));
  // The sort is stable, and peers come sorted by their ids.
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, maximumPeers)
    .map(({ peer }) => peer);
}

function rankOf({ id, isActive, isExitNode, isOnline, isRentedExitNode }: PeerStatus, asked: ReadonlySet<string>): number {
  if (asked.has(id)) return 0;
  if (isActive || isExitNode) return 1;
  if (isRentedExitNode) return 4;
  return isOnline ? 2 : 3;
}
