import { describe, expect, it } from "vitest";
import { createBatchSize } from "./batch-size.ts";

const limits = { budgetMs: 50, least: 2, most: 500 };

describe("the size of a batch", () => {
  it("is the largest until something took its time, and where nothing does", () => {
    const size = createBatchSize(limits);
    expect(size.current).toBe(500);

    size.took(100, 0);

    expect(size.current).toBe(500);
  });

  it("becomes what fits into the time, and the least where even that does not", () => {
    const size = createBatchSize(limits);
    for (let batch = 0; batch < 50; batch++) size.took(10, 50);
    expect(size.current).toBe(10);

    for (let batch = 0; batch < 50; batch++) size.took(2, 2_000);

    expect(size.current).toBe(2);
  });
});
