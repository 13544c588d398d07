/**
 * The numbers of one subject, as a read-only map over the values of the whole observation. Nodes have hundreds of numbers and the state
 * holds two readings of each: rows that share one array of values and one array of names need a tenth of the memory of real maps.
 */
import type { Facts } from "@nodekeeper/proto";
import { subjectKey } from "./node-state.ts";

/** Where the numbers of one subject stand among the values of an observation. */
interface RowLayout {
  readonly names: readonly string[];
  readonly positions: readonly number[];
}

/** No numbers. */
export const noSamples: ReadonlyMap<string, number> = new Map();

/** Per facts and subject key. Facts never change, and they are the same object as long as the agent says Unchanged. */
const layouts = new WeakMap<Facts, ReadonlyMap<string, RowLayout>>();
/** Lists of names that stand for many subjects on many nodes, by content. Their number is that of the agent's kinds, not of nodes. */
const sharedNames = new Map<string, readonly string[]>();
const maximumSharedNames = 1024;

/** Numbers of a subject in an observation that carries these facts and values. Unknown ones (NaN) are left out; undefined when it has none. */
export function sampleRow(facts: Facts, values: readonly number[], key: string): ReadonlyMap<string, number> | undefined {
  const layout = layoutOf(facts).get(key);
  return layout === undefined ? undefined : new SampleRow(layout, values);
}

class SampleRow implements ReadonlyMap<string, number> {
  readonly #layout: RowLayout;
  readonly #values: readonly number[];

  constructor(layout: RowLayout, values: readonly number[]) {
    this.#layout = layout;
    this.#values = values;
  }

  get(name: string): number | undefined {
    const position = this.#layout.positions[this.#layout.names.indexOf(name)];
    const value = position === undefined ? undefined : this.#values[position];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return [...this.entries()].length;
  }

  *entries(): MapIterator<[string, number]> {
    for (const name of this.#layout.names) {
      const value = this.get(name);
      if (value !== undefined) yield [name, value];
    }
  }

  *keys(): MapIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): MapIterator<number> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.entries();
  }

  forEach(visit: (value: number, name: string, map: ReadonlyMap<string, number>) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this);
  }
}

function layoutOf(facts: Facts): ReadonlyMap<string, RowLayout> {
  const known = layouts.get(facts);
  if (known !== undefined) return known;
  const layout = makeLayout(facts);
  layouts.set(facts, layout);
  return layout;
}

function makeLayout(facts: Facts): ReadonlyMap<string, RowLayout> {
  const rows = new Map<string, { names: string[]; positions: number[] }>();
  facts.sampleKeys.forEach((sample, position) => {
    const key = subjectKey(sample.kind, sample.id);
    const row = rows.get(key) ?? { names: [], positions: [] };
    rows.set(key, row);
    row.names.push(sample.name);
    row.positions.push(position);
  });
  return new Map([...rows].map(([key, row]) => [key, { names: shareNames(row.names), positions: row.positions }]));
}

function shareNames(names: readonly string[]): readonly string[] {
  const content = names.join(",");
  const shared = sharedNames.get(content);
  if (shared !== undefined) return shared;
  if (sharedNames.size < maximumSharedNames) sharedNames.set(content, names);
  return names;
}
