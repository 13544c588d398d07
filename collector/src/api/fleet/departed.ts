/** What is gone, for those who have not heard of it yet. Bounded: who is further behind than it reaches gets everything anew. */

/** Nodes that were removed and findings that were resolved, each with the version at which it went. */
export interface Departed<Item> {
  /** Deltas can be told from this version on. */
  readonly horizon: number;
  add(key: string, item: Item, version: number): void;
  /** It came back. */
  remove(key: string): void;
  /** What went after a version, in order. */
  since(version: number): readonly Item[];
}

/** Remembers at most `capacity` items, the latest. */
export function createDeparted<Item>(capacity: number): Departed<Item> {
  const items = new Map<string, { readonly item: Item; readonly version: number }>();
  let horizon = 0;

  return {
    get horizon() {
      return horizon;
    },
    add(key, item, version) {
      items.delete(key); // so that the order is that of the versions
      items.set(key, { item, version });
      for (const [oldestKey, oldest] of items) {
        if (items.size <= capacity) break;
        items.delete(oldestKey);
        horizon = oldest.version;
      }
    },
    remove: (key) => void items.delete(key),
    since: (version) => [...items.values()].filter((entry) => entry.version > version).map((entry) => entry.item),
  };
}
