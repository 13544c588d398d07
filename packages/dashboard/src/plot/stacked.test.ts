import { describe, expect, it } from "vitest";
import { stacked } from "./stacked.ts";

describe("stacked", () => {
  it("puts each line on top of those before it, and knows nothing above what is not known", () => {
    const lines = [
      [1, 2, null],
      [10, null, 30],
      [100, 200, 300],
    ];

    expect(stacked(lines)).toEqual([
      [1, 2, null],
      [11, null, null],
      [111, null, null],
    ]);
  });
});
