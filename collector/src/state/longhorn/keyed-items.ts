/** Things by their names, as one feed says them: the same object stays while it says the same, and what changed is told one by one. */
import { isDeepStrictEqual } from "node:util";

/** Something that has a name. */
export interface Named {
  readonly name: string;
}

/** What is read of them. */
export interface KeyedItems<Item extends Named> {
  readonly size: number;
  get(name: string): Item | undefined;
  /** The same array while nothing changed. */
  all(): readonly Item[];
}

/** The same for its only writer. */
export interface KeyedItemsWriter<Item extends Named> extends KeyedItems<Item> {
  /** The one that is held, where it says the same: a list of fifty thousand is then not there twice. */
  reuse(item: Item): Item;
  /** A complete list: whatever is not in it is gone. */
  replaceAll(items: readonly Item[]): void;
  put(item: Item): void;
  remove(name: string): void;
}

/** None yet. `onChange` is told of each that came (nothing before), went (nothing after) or says something else. */
export function createKeyedItems<Item extends Named>(
  onChange: (before: Item | undefined, after: Item | undefined) => void,
): KeyedItemsWriter<Item> {
  const byName = new Map<string, Item>();
  let snapshot: readonly Item[] | undefined;

  return {
    get size() {
      return byName.size;
    },
    get: (name) => byName.get(name),
    all() {
      snapshot ??= [...byName.values()];
      return snapshot;
    },
    reuse,
    replaceAll(items) {
      const names = new Set(items.map(({ name }) => name));
      for (const name of byName.keys()) if (!names.has(name)) remove(name);
      for (const item of items) put(item);
    },
    put,
    remove,
  };

  function reuse(item: Item): Item {
    const before = byName.get(item.name);
    return before !== undefined && isDeepStrictEqual(before, item) ? before : item;
  }

  function put(item: Item): void {
    const before = byName.get(item.name);
    if (before === item || reuse(item) === before) return;
    snapshot = undefined;
    byName.set(item.name, item);
    onChange(before, item);
  }

  function remove(name: string): void {
    const before = byName.get(name);
    if (before === undefined) return;
    snapshot = undefined;
    byName.delete(name);
    onChange(before, undefined);
  }
}
