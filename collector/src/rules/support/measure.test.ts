import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measuredAtSteps, measuredInDoublings, measuredInSteps, measuredInTens, measuredToExpiry } from "./measure.ts";

const dayMs = 24 * 3_600_000;

describe("measures, by which what was acknowledged is compared", () => {
  it("goes by whole steps, by doublings, by tens, and by the days before an end", () => {
    expect([99, 100, 104, 110].map((value) => measuredInSteps("m", value, 10).level)).toEqual([90, 100, 100, 110]);
    expect([0, 1, 2, 3, 4, 1000].map((count) => measuredInDoublings("m", count).level)).toEqual([0, 1, 2, 2, 4, 512]);
    expect([0, 1, 9, 10, 99, 100].map((count) => measuredInTens("m", count).level)).toEqual([0, 1, 1, 10, 10, 100]);
    expect([84, 85, 97.9, 98, 100].map((value) => measuredAtSteps("m", value, [85, 98]).level)).toEqual([0, 85, 85, 98, 98]);
    expect([30, 29, 14, 7, 3, 1, 0.5, 0, -1].map((days) => measuredToExpiry(days * dayMs).level)).toEqual([
      0, 0, 16, 23, 27, 29, 29, 30, 30,
    ]);
  });

  it("never falls while what it measures grows", () => {
    const pair = fc.tuple(fc.nat(100_000), fc.nat(100_000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(pair, ([less, more]) => {
        expect(measuredInSteps("m", more, 10).level).toBeGreaterThanOrEqual(measuredInSteps("m", less, 10).level);
        expect(measuredInTens("m", more).level).toBeGreaterThanOrEqual(measuredInTens("m", less).level);
        expect(measuredInDoublings("m", more).level).toBeGreaterThanOrEqual(measuredInDoublings("m", less).level);
        expect(measuredToExpiry(-more).level).toBeGreaterThanOrEqual(measuredToExpiry(-less).level);
        expect(measuredToExpiry(less * 60_000).level).toBeGreaterThanOrEqual(measuredToExpiry(more * 60_000).level);
      }),
    );
  });
});
