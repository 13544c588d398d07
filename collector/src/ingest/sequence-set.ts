/** A set of sequence numbers as merged spans: what an epoch brought is mostly one span, however long it lasts. */
import type { SequenceSpan } from "../store/store.ts";

/** Grows only. */
export class SequenceSet {
  /** In order, never touching. */
  readonly #spans: { first: number; last: number }[] = [];

  /** The spans, in order. */
  spans(): readonly SequenceSpan[] {
    return this.#spans.map((span) => ({ ...span }));
  }

  has(sequence: number): boolean {
    const span = this.#spans[this.#indexOfFirstEndingAtOrAfter(sequence)];
    return span !== undefined && span.first <= sequence;
  }

  add(first: number, last: number = first): void {
    const from = this.#indexOfFirstEndingAtOrAfter(first - 1);
    const merged = { first, last };
    let to = from;
    for (let span = this.#spans[to]; span !== undefined && span.first <= last + 1; span = this.#spans[to]) {
      merged.first = Math.min(merged.first, span.first);
      merged.last = Math.max(merged.last, span.last);
      to += 1;
    }
    this.#spans.splice(from, to - from, merged);
  }

  #indexOfFirstEndingAtOrAfter(sequence: number): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const span = this.#spans[middle];
      if (span !== undefined && span.last < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Any sequence numbers as merged spans. */
export function spansOf(sequences: Iterable<number>): readonly SequenceSpan[] {
  const set = new SequenceSet();
  for (const sequence of sequences) set.add(sequence);
  return set.spans();
}
