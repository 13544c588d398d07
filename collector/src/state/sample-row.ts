/**
 * The numbers of one subject, as a read-only map over the values of the whole observation. Nodes have hundreds of numbers and the state
 * holds two readings of each: rows that share one array of values and one array of names need a tenth of the memory of real maps.
 */
import { type Facts, Outcome } from "@nodekeeper/proto";
import { subjectKey } from "./subject-state.ts";

/** Where the numbers of one subject stand among the values of an observation. */
export interface RowLayout {
  readonly names: readonly string[];
  readonly positions: readonly number[];
}

/** No numbers. */
export const noSamples: ReadonlyMap<string, number> = new Map();

/** Layouts that stand for many subjects on many nodes, by content. Their number is that of the agent's kinds, not of nodes. */
const sharedLayouts = new Map<string, RowLayout>();
const maximumSharedLayouts = 8_192;

/** For each subject of the facts where its numbers stand; undefined where it has none, and where it was not read. */
export function layoutsOf(facts: Facts): readonly (RowLayout | undefined)[] {
  const rows = new Map<string, { names: string[]; positions: number[] }>();
  facts.sampleKeys.forEach((sample, position) => {
    const key = subjectKey(sample.kind, sample.id);
    const row = rows.get(key) ?? { names: [], positions: [] };
    rows.set(key, row);
    row.names.push(sample.name);
    row.positions.push(position);
  });
  return facts.subjects.map(({ kind, id, outcome }) => {
    const row = outcome === Outcome.OK ? rows.get(subjectKey(kind, id)) : undefined;
    return row && shareLayout(row);
  });
}

/** The numbers of a subject among these values. Unknown ones (NaN) are left out; undefined where it has none. */
export function sampleRow(layout: RowLayout | undefined, values: readonly number[]): ReadonlyMap<string, number> | undefined {
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

function shareLayout(row: RowLayout): RowLayout {
  const content = `${row.positions.join()} ${row.names.join()}`;
  const shared = sharedLayouts.get(content);
  if (shared !== undefined) return shared;
  if (sharedLayouts.size < maximumSharedLayouts) sharedLayouts.set(content, row);
  return row;
}
