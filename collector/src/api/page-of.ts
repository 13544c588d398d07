/** A page of a sorted list. Its cursor is a place, not a number of lines: pages stay right while lines come and go. */
import { AppError } from "@nodekeeper/shared";

/** Where a line stands: compared part by part. */
export type SortKey = readonly (string | number)[];

/** Which page of which list. */
export interface PageRequest<Item> {
  /** Which list it is, with its order: a cursor of another one is refused. */
  readonly list: string;
  /** Unique; its parts have the same types in each line. */
  readonly keyOf: (item: Item) => SortKey;
  /** The part of the key that is sorted the other way round. */
  readonly reversed?: number;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** A page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Of all pages. */
  readonly total: number;
  readonly nextCursor: string | undefined;
}

/** Sorts the lines and takes a page of them; throws REQUEST_INVALID for a cursor that is none of this list. */
export function pageOf<Item>(items: readonly Item[], request: PageRequest<Item>): Page<Item> {
  const { list, keyOf, reversed, limit, cursor } = request;
  const compare = (a: SortKey, b: SortKey): number => compareKeys(a, b, reversed);
  const [some] = items;
  const after = cursor === undefined ? undefined : readCursor(cursor, list, some && keyOf(some));
  const first = firstOf(items, { keyOf, compare, after, count: limit + 1 });
  const found = first.slice(0, limit);
  const last = found.at(-1);
  const hasMore = last !== undefined && first.length > limit;
  return {
    items: found.map(({ item }) => item),
    total: items.length,
    nextCursor: hasMore ? Buffer.from(JSON.stringify([list, ...last.key])).toString("base64url") : undefined,
  };
}

interface Line<Item> {
  readonly item: Item;
  readonly key: SortKey;
}

interface Selection<Item> {
  readonly keyOf: (item: Item) => SortKey;
  readonly compare: (a: SortKey, b: SortKey) => number;
  readonly after: SortKey | undefined;
  readonly count: number;
}

/** The first ones behind a place, in order. A page is a few of tens of thousands: those are not sorted for it. */
function firstOf<Item>(items: readonly Item[], { keyOf, compare, after, count }: Selection<Item>): readonly Line<Item>[] {
  let first: Line<Item>[] = [];
  let bound: SortKey | undefined;
  const settle = (): void => {
    first = first.sort((a, b) => compare(a.key, b.key)).slice(0, count);
    bound = first.length === count ? first.at(-1)?.key : undefined;
  };
  for (const item of items) {
    const key = keyOf(item);
    if (after !== undefined && compare(key, after) <= 0) continue;
    if (bound !== undefined && compare(key, bound) >= 0) continue;
    first.push({ item, key });
    if (first.length >= 4 * count) settle();
  }
  settle();
  return first;
}

function compareKeys(a: SortKey, b: SortKey, reversed: number | undefined): number {
  for (let index = 0; index < a.length; index += 1) {
    const left = a[index] ?? "";
    const right = b[index] ?? left;
    if (left === right) continue;
    return left < right === (index !== reversed) ? -1 : 1;
  }
  return 0;
}

/** `example` is the key of any line: the cursor's must have its form. */
function readCursor(cursor: string, list: string, example: SortKey | undefined): SortKey {
  const [name, ...key] = partsOf(cursor) ?? [];
  if (typeof name !== "string") throw invalid("it is not a `nextCursor` of this API");
  if (name !== list) throw invalid(`it belongs to another list (${name.slice(0, 64)}), and this one is ${list}`);
  const parts = key.filter((part) => typeof part === "string" || typeof part === "number");
  const isWhole = parts.length === key.length && (example === undefined || isLike(parts, example));
  if (!isWhole) throw invalid("it is not a `nextCursor` of this API");
  return parts;
}

function isLike(key: SortKey, example: SortKey): boolean {
  return key.length === example.length && key.every((part, index) => typeof part === typeof example[index]);
}

function partsOf(cursor: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

function invalid(why: string): AppError {
  return new AppError("REQUEST_INVALID", `query parameter "cursor" is not valid: ${why}; begin again without it`);
}
