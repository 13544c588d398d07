/** Stable ids of machines in a tailnet, as they go from the collector to agents that measure the way to them. */

/** At most so many peers are named to one agent. */
export const maximumWatchedPeers = 16;

/** The form of a stable id, of Tailscale's control plane and of others. Nothing that could be more than an id has it. */
export function isPeerId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

/** Why these are no peers to watch; undefined where they are. */
export function problemOfWatchedPeers(ids: readonly string[]): string | undefined {
  if (ids.length > maximumWatchedPeers) return `${ids.length} peers are named, ${maximumWatchedPeers} may be`;
  if (!ids.every(isPeerId)) return "a peer is named by what is no stable id";
  return new Set(ids).size < ids.length ? "a peer is named twice" : undefined;
}
