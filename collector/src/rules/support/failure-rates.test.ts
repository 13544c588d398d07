import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annualFailurePercent, type RatedCount, rangeOf, ratedCounts } from "./failure-rates.ts";

/** Counts of 64 bits, small ones and edges of ranges more often than chance would have it. */
const count = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 20_000n }),
  fc.constantFrom(...ratedCounts.flatMap(({ ranges }) => ranges.flatMap(({ from }) => [BigInt(from), BigInt(from + 1)]))),
);

function rated(attribute: number): RatedCount {
  const found = ratedCounts.find((each) => each.attribute === attribute);
  if (found === undefined) throw new Error(`attribute ${attribute} has no failure rates`);
  return found;
}

const risk = (attribute: number, value: bigint): number => annualFailurePercent(rated(attribute), value);

describe("feature 33: published failure rates per ATA attribute (acceptance 21)", () => {
  it.each(ratedCounts)("gives every count of attribute $attribute exactly one range", (each) => {
    const bounds = each.ranges.map(({ from }, index) => ({
      from,
      until: each.ranges[index + 1]?.from ?? Number.POSITIVE_INFINITY,
    }));

    expect(bounds[0]?.from).toBe(0);
    expect(bounds.every(({ from, until }) => Number.isInteger(from) && from < until)).toBe(true);
    fc.assert(
      fc.property(count, (value) => {
        const holding = bounds.filter(({ from, until }) => value >= from && value < until);
        expect(holding).toHaveLength(1);
        expect(rangeOf(each, value)?.from).toBe(holding[0]?.from);
      }),
    );
  });

  it.each(ratedCounts)("never judges a disk milder that counts more of attribute $attribute", (each) => {
    fc.assert(
      fc.property(count, count, (one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(annualFailurePercent(each, more)).toBeGreaterThanOrEqual(annualFailurePercent(each, less));
      }),
    );
  });

  it("judges a disk that counts nothing as sound (scrutiny issue 551: 188 at 0 warned)", () => {
    for (const each of ratedCounts) expect(annualFailurePercent(each, 0n)).toBeLessThan(10);
  });

  it("judges the first reallocated, pending or reported sector (scrutiny issue 1072: 1 was in no range)", () => {
    expect([5, 187, 196, 197, 198].map((attribute) => risk(attribute, 1n))).toEqual([2.7, 33.9, 2.7, 34.2, 81.4]);
  });

  it("judges what is beyond the last published range as at least that bad (upper edge: it was only a warning)", () => {
    const beyond = [risk(198, 17n), risk(187, 121n), risk(197, 1601n), risk(5, 70_001n), risk(5, 2n ** 48n)];

    expect(beyond).toEqual([264.5, 161.9, 332, 206.6, 206.6]);
  });

  it("knows no count without a range (scrutiny issue 201: an empty table warned for ever)", () => {
    expect(ratedCounts.filter(({ ranges }) => ranges.length === 0)).toEqual([]);
    expect(ratedCounts.map(({ attribute }) => attribute)).not.toContain(201);
  });

  it("judges commands that were broken off by their number, not by the packed raw value (scrutiny issue 510)", () => {
    expect([0n, 1n, 100n, 101n].map((total) => risk(188, total))).toEqual([2.5, 2.5, 2.5, 10]);
  });

  it("fails where the corrected tables do: 5 from 17, 187, 197 and 198 from 1, 188 from 101", () => {
    const first = (attribute: number): number | undefined =>
      rated(attribute).ranges.find(({ from }) => risk(attribute, BigInt(from)) >= 10)?.from;

    expect([5, 187, 188, 197, 198].map(first)).toEqual([17, 1, 101, 1, 1]);
  });
});
