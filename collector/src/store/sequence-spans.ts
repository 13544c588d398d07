/** A set of sequence numbers, held as merged spans. Gaps are normal, and so is arrival out of order: newest first, history after it. */
import { ByteReader } from "./codec/byte-reader.ts";
import { ByteWriter } from "./codec/byte-writer.ts";
import type { SequenceSpan } from "./store.ts";

/**
 * Bounds the memory that an agent can take by leaving gaps. Past it the lowest gap counts as committed: with newest-first arrival a spool
 * leaves a handful of gaps, so that one below so many others is long lost.
 */
export const maximumSpans = 4096;

/** Mutable; iterates as spans in order. */
export class SequenceSpans {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  /** True when the number is in the set. */
  has(sequence: number): boolean {
    const index = this.#lastStartingAtOrBefore(sequence);
    return index >= 0 && sequence <= (this.#lasts[index] ?? 0);
  }

  /** Puts a number into the set. */
  add(sequence: number): void {
    const index = this.#lastStartingAtOrBefore(sequence);
    if (index >= 0 && sequence <= (this.#lasts[index] ?? 0)) return;
    const touchesBefore = index >= 0 && this.#lasts[index] === sequence - 1;
    const touchesAfter = this.#firsts[index + 1] === sequence + 1;
    if (touchesBefore && touchesAfter) this.#joinWithNext(index);
    else if (touchesBefore) this.#lasts[index] = sequence;
    else if (touchesAfter) this.#firsts[index + 1] = sequence;
    else {
      this.#firsts.splice(index + 1, 0, sequence);
      this.#lasts.splice(index + 1, 0, sequence);
      if (this.#firsts.length > maximumSpans) this.#joinWithNext(0);
    }
  }

  /** The spans in order. */
  toSpans(): readonly SequenceSpan[] {
    return this.#firsts.map((first, index) => ({ first, last: this.#lasts[index] ?? first }));
  }

  /** Few bytes, for the database. */
  toBytes(): Uint8Array {
    const writer = new ByteWriter();
    let before = 0;
    for (const { first, last } of this.toSpans()) {
      writer.varint(first - before);
      writer.varint(last - first);
      before = last;
    }
    return writer.written().slice();
  }

  /** What toBytes gave. */
  static fromBytes(bytes: Uint8Array): SequenceSpans {
    const spans = new SequenceSpans();
    const reader = new ByteReader(bytes);
    let before = 0;
    while (!reader.isAtEnd()) {
      const first = before + reader.varint();
      const last = first + reader.varint();
      spans.#firsts.push(first);
      spans.#lasts.push(last);
      before = last;
    }
    return spans;
  }

  #joinWithNext(index: number): void {
    this.#firsts.splice(index + 1, 1);
    this.#lasts.splice(index, 1);
  }

  /** Index of the last span that starts at or before the number; -1 when all start after it. */
  #lastStartingAtOrBefore(sequence: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#firsts[middle] ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
