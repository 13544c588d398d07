/** A queue without doubles that has two lanes: what just happened goes before what is merely looked at again. */

/** The queue. */
export interface Lanes<Item> {
  /** What waits in the slow lane already moves to the fast one where it is urgent; never the other way. */
  add(item: Item, lane: Lane): void;
  /** The next one, which is not in it any more. */
  take(): { readonly item: Item; readonly lane: Lane } | undefined;
  readonly size: number;
  [Symbol.iterator](): Iterator<Item>;
}

/** soon: something happened to it; later: it is one of many. */
export type Lane = "soon" | "later";

/** An empty one. */
export function createLanes<Item>(): Lanes<Item> {
  const soon = new Set<Item>();
  const later = new Set<Item>();
  return {
    add(item, lane) {
      if (soon.has(item)) return;
      if (lane === "later") {
        later.add(item);
        return;
      }
      later.delete(item);
      soon.add(item);
    },
    take() {
      for (const [lane, items] of [
        ["soon", soon],
        ["later", later],
      ] as const) {
        for (const item of items) {
          items.delete(item);
          return { item, lane };
        }
      }
      return undefined;
    },
    get size() {
      return soon.size + later.size;
    },
    *[Symbol.iterator]() {
      yield* soon;
      yield* later;
    },
  };
}
