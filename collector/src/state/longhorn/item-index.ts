/** Things by something that several of them have, e.g. replicas by their disk; kept as they come and go, never built anew. */

/** What is read of it. */
export interface ItemIndex<Item> {
  /** The same array while nothing of it changed. */
  of(key: string): readonly Item[];
}

/** The same for its only writer. */
export interface ItemIndexWriter<Item> extends ItemIndex<Item> {
  /** One that came (nothing before), went (nothing after) or changed. */
  change(before: Item | undefined, after: Item | undefined): void;
}

/** An index without anything; things whose key is empty are not in it. */
export function createItemIndex<Item>(keyOf: (item: Item) => string): ItemIndexWriter<Item> {
  const byKey = new Map<string, Item[]>();
  /** Somebody has it: it is copied before it is changed. While a first list is read nobody has any, and fifty thousand on one disk take no time. */
  const lent = new WeakSet<readonly Item[]>();

  return {
    of(key) {
      const items = byKey.get(key);
      if (items === undefined) return nothing;
      lent.add(items);
      return items;
    },
    change(before, after) {
      const [from, to] = [before, after].map((item) => (item === undefined ? "" : keyOf(item)));
      if (before !== undefined && after !== undefined && from === to) return replace(from ?? "", before, after);
      if (before !== undefined) replace(from ?? "", before, undefined);
      if (after !== undefined) add(to ?? "", after);
    },
  };

  function add(key: string, item: Item): void {
    if (key === "") return;
    ours(key).push(item);
  }

  function replace(key: string, before: Item, after: Item | undefined): void {
    if (key === "") return;
    const items = ours(key);
    const at = items.indexOf(before);
    if (after !== undefined) items[at] = after;
    else items.splice(at, 1);
    if (items.length === 0) byKey.delete(key);
  }

  /** An array that nobody else has. */
  function ours(key: string): Item[] {
    const known = byKey.get(key) ?? [];
    const items = lent.has(known) ? [...known] : known;
    byKey.set(key, items);
    return items;
  }
}

const nothing: readonly never[] = [];
