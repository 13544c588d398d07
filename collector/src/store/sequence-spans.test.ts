import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maximumSpans, SequenceSpans } from "./sequence-spans.ts";

function spansOf(numbers: Iterable<number>): SequenceSpans {
  const spans = new SequenceSpans();
  for (const number of numbers) spans.add(number);
  return spans;
}

describe("SequenceSpans", () => {
  it("holds what was added, in any order, as few spans as there are gaps", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (numbers) => {
        const expected = new Set(numbers);

        const spans = spansOf(numbers);

        for (let number = 0; number <= 61; number += 1) expect(spans.has(number)).toBe(expected.has(number));
        const starts = [...expected].filter((number) => !expected.has(number - 1));
        expect(spans.toSpans().map(({ first }) => first)).toEqual(starts.toSorted((left, right) => left - right));
      }),
    );
  });

  it("comes back from its bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 32 - 1 })), (numbers) => {
        const spans = spansOf(numbers);

        expect(SequenceSpans.fromBytes(spans.toBytes()).toSpans()).toEqual(spans.toSpans());
      }),
    );
  });

  it("merges what arrives newest first", () => {
    expect(spansOf([10, 9, 8, 3, 7, 6, 5, 4]).toSpans()).toEqual([{ first: 3, last: 10 }]);
  });

  it("closes its lowest gap rather than grow without bound", () => {
    const spans = spansOf(Array.from({ length: maximumSpans + 1 }, (_, index) => 1 + index * 2));

    expect(spans.toSpans()).toHaveLength(maximumSpans);
    expect(spans.toSpans()[0]).toEqual({ first: 1, last: 3 });
    expect(spans.has(4)).toBe(false);
  });
});
