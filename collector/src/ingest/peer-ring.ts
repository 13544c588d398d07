/**
 * Who measures the way to whom in a tailnet. Machines stand on a ring, at places that come of their ids alone; each watches those that follow
 * it. So each watches as many as it is watched by, whatever the size of the fleet, and one that comes or goes changes the task of few.
 */
import { maximumWatchedPeers } from "@nodekeeper/shared";

/** The machines of one tailnet. */
export interface PeerRing {
  readonly size: number;
  add(id: string): void;
  remove(id: string): void;
  /** Those that a machine watches, nearest first; all others in a small tailnet, none where it is not on the ring. */
  watchedBy(id: string): readonly string[];
}

/** A ring with nobody on it. */
export function createPeerRing(): PeerRing {
  const places: Place[] = [];

  return {
    get size() {
      return places.length;
    },
    add(id) {
      const place = { id, angle: angleOf(id) };
      const index = indexOf(places, place);
      if (places[index]?.id !== id) places.splice(index, 0, place);
    },
    remove(id) {
      const index = indexOf(places, { id, angle: angleOf(id) });
      if (places[index]?.id === id) places.splice(index, 1);
    },
    watchedBy(id) {
      const own = indexOf(places, { id, angle: angleOf(id) });
      if (places[own]?.id !== id) return [];
      const count = Math.min(maximumWatchedPeers, places.length - 1);
      return Array.from({ length: count }, (_, step) => places[(own + 1 + step) % places.length]?.id ?? id);
    },
  };
}

interface Place {
  readonly id: string;
  readonly angle: number;
}

/** Where it is, or would have to be put. */
function indexOf(places: readonly Place[], { id, angle }: Place): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = places[middle];
    if (at !== undefined && (at.angle < angle || (at.angle === angle && at.id < id))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** FNV-1a with a last mix, since ids of one control plane differ in few characters. */
function angleOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
