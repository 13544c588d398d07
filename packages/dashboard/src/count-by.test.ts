import { describe, expect, it } from "vitest";
import { countBy, mostFrequent } from "./count-by.ts";

describe("countBy", () => {
  it("counts, and puts the most frequent first where that is wanted", () => {
    const counts = countBy(["b", "a", "c", "c"], (word) => word);

    expect(counts.get("c")).toBe(2);
    expect(mostFrequent(counts)).toEqual([
      ["c", 2],
      ["a", 1],
      ["b", 1],
    ]);
  });
});
