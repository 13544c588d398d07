import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceSet, spansOf } from "./sequence-set.ts";

describe("SequenceSet", () => {
  it("merges what touches", () => {
    const set = new SequenceSet();

    set.add(5, 7);
    set.add(1);
    set.add(2, 3);
    set.add(8);
    set.add(4);

    expect(set.spans()).toEqual([{ first: 1, last: 8 }]);
  });

  it("holds exactly what was added, in spans that are ordered and apart", () => {
    const anySpan = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(anySpan), (added) => {
        const set = new SequenceSet();
        const expected = new Set<number>();
        for (const [first, more] of added) {
          set.add(first, first + more);
          for (let sequence = first; sequence <= first + more; sequence += 1) expected.add(sequence);
        }

        for (let sequence = 0; sequence <= 80; sequence += 1) expect(set.has(sequence)).toBe(expected.has(sequence));
        set.spans().reduce((before, span) => {
          expect(span.first).toBeGreaterThan(before + 1);
          expect(span.last).toBeGreaterThanOrEqual(span.first);
          return span.last;
        }, -1);
      }),
    );
  });
});

describe("spansOf", () => {
  it("takes numbers in any order, more than once", () => {
    expect(spansOf([9, 3, 1, 2, 2])).toEqual([
      { first: 1, last: 3 },
      { first: 9, last: 9 },
    ]);
  });
});
