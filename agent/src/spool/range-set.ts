/** A set of whole numbers that lie mostly in runs: a million sequence numbers without a gap cost one entry. */

/** From `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Whole numbers, kept as sorted ranges that neither overlap nor touch. */
export class RangeSet {
  #ranges: Range[] = [];

  /** A set of everything in some ranges, which may overlap. */
  static of(ranges: Iterable<Range>): RangeSet {
    const set = new RangeSet();
    for (const range of ranges) set.add(range.first, range.last);
    return set;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** How many numbers. */
  get size(): number {
    return this.#ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0);
  }

  /** In ascending order. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  has(number: number): boolean {
    return this.covers(number, number);
  }

  /** Whether every number of a range is in the set. */
  covers(first: number, last: number): boolean {
    const range = this.#ranges[this.#indexOfFirstEndingAt(first)];
    return range !== undefined && range.first <= first && range.last >= last;
  }

  /** Whether every number of another set is in this one. */
  coversAll(other: RangeSet): boolean {
    return other.ranges.every((range) => this.covers(range.first, range.last));
  }

  /** Whether any number of another set is in this one. */
  intersects(other: RangeSet): boolean {
    return other.ranges.some((range) => {
      const candidate = this.#ranges[this.#indexOfFirstEndingAt(range.first)];
      return candidate !== undefined && candidate.first <= range.last;
    });
  }

  add(first: number, last: number = first): void {
    const from = this.#indexOfFirstEndingAt(first - 1);
    let to = from;
    let merged: Range = { first, last };
    for (let next = this.#ranges[to]; next !== undefined && next.first <= last + 1; next = this.#ranges[to]) {
      merged = { first: Math.min(merged.first, next.first), last: Math.max(merged.last, next.last) };
      to++;
    }
    this.#ranges.splice(from, to - from, merged);
  }

  /** Takes a range out; tells whether anything of it was there. */
  delete(first: number, last: number = first): boolean {
    const from = this.#indexOfFirstEndingAt(first);
    let to = from;
    const rest: Range[] = [];
    for (let next = this.#ranges[to]; next !== undefined && next.first <= last; next = this.#ranges[to]) {
      if (next.first < first) rest.push({ first: next.first, last: first - 1 });
      if (next.last > last) rest.push({ first: last + 1, last: next.last });
      to++;
    }
    this.#ranges.splice(from, to - from, ...rest);
    return to > from;
  }

  /** Takes out everything of another set; tells whether anything of it was there. */
  deleteAll(other: RangeSet): boolean {
    return other.ranges.map((range) => this.delete(range.first, range.last)).includes(true);
  }

  /** What is in both. */
  intersection(other: RangeSet): RangeSet {
    const both = new RangeSet();
    for (const { first, last } of other.ranges) {
      let index = this.#indexOfFirstEndingAt(first);
      for (let next = this.#ranges[index]; next !== undefined && next.first <= last; next = this.#ranges[++index]) {
        both.add(Math.max(first, next.first), Math.min(last, next.last));
      }
    }
    return both;
  }

  addAll(other: RangeSet): void {
    for (const { first, last } of other.ranges) this.add(first, last);
  }

  clear(): void {
    this.#ranges = [];
  }

  /** Index of the first range whose last number is `number` or more. */
  #indexOfFirstEndingAt(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range.last < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
