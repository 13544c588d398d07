import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RangeSet } from "./range-set.ts";

describe("RangeSet", () => {
  it("keeps touching numbers as one range", () => {
    const set = new RangeSet();

    for (const number of [5, 3, 4, 9]) set.add(number);

    expect(set.ranges).toEqual([
      { first: 3, last: 5 },
      { first: 9, last: 9 },
    ]);
    expect(set.size).toBe(4);
  });

  it("splits a range when its middle goes", () => {
    const set = RangeSet.of([{ first: 1, last: 10 }]);

    expect(set.delete(4, 6)).toBe(true);
    expect(set.delete(4, 6)).toBe(false);

    expect(set.ranges).toEqual([
      { first: 1, last: 3 },
      { first: 7, last: 10 },
    ]);
  });

  it("does what a plain set of numbers does", () => {
    const number = fc.integer({ min: 1, max: 40 });
    const operation = fc.record({
      kind: fc.constantFrom("add", "delete"),
      first: number,
      length: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(operation), number, fc.integer({ min: 0, max: 5 }), (operations, first, length) => {
        const set = new RangeSet();
        const plain = new Set<number>();

        for (const each of operations) {
          const last = each.first + each.length;
          const range = Array.from({ length: each.length + 1 }, (_, index) => each.first + index);
          if (each.kind === "add") {
            set.add(each.first, last);
            for (const one of range) plain.add(one);
          } else {
            expect(set.delete(each.first, last)).toBe(range.map((one) => plain.delete(one)).includes(true));
          }
        }

        expect(
          set.ranges.flatMap((range) => Array.from({ length: range.last - range.first + 1 }, (_, i) => range.first + i)),
        ).toEqual([...plain].sort((a, b) => a - b));
        expect(set.size).toBe(plain.size);
        const asked = Array.from({ length: length + 1 }, (_, index) => first + index);
        expect(set.covers(first, first + length)).toBe(asked.every((one) => plain.has(one)));
        const other = RangeSet.of([{ first, last: first + length }]);
        expect(set.intersects(other)).toBe(asked.some((one) => plain.has(one)));
        expect(set.intersection(other).size).toBe(asked.filter((one) => plain.has(one)).length);
        const neighbours = set.ranges.slice(1).map((range, index) => range.first - (set.ranges[index]?.last ?? 0));
        expect(neighbours.every((distance) => distance > 1)).toBe(true);
      }),
    );
  });
});
