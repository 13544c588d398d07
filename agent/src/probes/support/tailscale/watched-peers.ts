/**
 * The machines of the tailnet that the collector asked for, and what came of the last ping of each. The reporting side sets them, the probe
 * pings them. It knows them by their form only: whether they are there, the daemon says.
 */

/** What came of one ping. */
export type PeerPing = { readonly atUptimeMs: number } & (
  | { readonly latencySeconds: number; readonly failure?: undefined }
  | { readonly latencySeconds?: undefined; readonly failure: string }
);

/** Shared by the probe and whoever is asked for peers. */
export interface WatchedPeers {
  /** Stable ids. */
  ids(): readonly string[];
  /** Replaces what was asked before; false where that is the same. */
  watch(ids: readonly string[]): boolean;
  /** The last ping of a peer that is watched; undefined where none was sent. */
  pingOf(id: string): PeerPing | undefined;
  /** Remembers a ping; of a peer that is not watched any more it is forgotten. */
  note(id: string, ping: PeerPing): void;
}

/** Nobody is watched at first. */
export function createWatchedPeers(): WatchedPeers {
  let watched: readonly string[] = [];
  const pings = new Map<string, PeerPing>();
  return {
    ids: () => watched,
    watch(ids) {
      const wanted = [...new Set(ids)].sort();
      if (wanted.length === watched.length && wanted.every((id, index) => id === watched[index])) return false;
      watched = wanted;
      for (const id of pings.keys()) if (!watched.includes(id)) pings.delete(id);
      return true;
    },
    pingOf: (id) => pings.get(id),
    note(id, ping) {
      if (watched.includes(id)) pings.set(id, ping);
    },
  };
}
