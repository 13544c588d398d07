/**
 * One copy of what is said alike many times. Bounded by two generations: what nobody asked for while a generation filled up is forgotten, so
 * that things which only one node says do not push out those that all say. Whoever got a copy keeps it.
 */

/** Gives what was first put under the key, else `make()`. */
export type SharedPool<Value> = (key: string, make: () => Value) => Value;

/** An empty pool; it holds at most twice `capacity`. */
export function createSharedPool<Value>(capacity: number): SharedPool<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  return (key, make) => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const value = old.get(key) ?? make();
    if (young.size >= capacity) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
}
