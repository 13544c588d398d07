import { describe, expect, it } from "vitest";
import { gauge } from "../test-support/gauge-series.ts";
import { markGaps } from "./mark-gaps.ts";

describe("markGaps", () => {
  it("puts an unknown point into a silence, and nowhere else", () => {
    const series = gauge([
      [0, 1],
      [15, 1],
      [200, 1],
    ]);

    const marked = markGaps(series, () => ({ dueMs: 15, limitMs: 75 }));

    expect(marked.atMs).toEqual([0, 15, 30, 200]);
    expect(marked.weight).toEqual([1, 1, 0, 1]);
  });

  it("leaves a series without silence as it is", () => {
    const series = gauge([
      [0, 1],
      [75, 1],
    ]);

    expect(markGaps(series, () => ({ dueMs: 15, limitMs: 75 }))).toBe(series);
  });
});
