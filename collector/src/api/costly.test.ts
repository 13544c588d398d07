import { describe, expect, it } from "vitest";
import { createCostly } from "./costly.ts";

function aScene(costMs: number) {
  let nowMs = 0;
  let made = 0;
  const get = createCostly({ monotonicMs: () => nowMs }, () => {
    nowMs += costMs;
    made += 1;
    return made;
  });
  return {
    get,
    pass(durationMs: number) {
      nowMs += durationMs;
    },
  };
}

describe("costly work", () => {
  it("is done again only after ten times as long as it took", () => {
    const { get, pass } = aScene(100);
    expect([get(), get()]).toEqual([1, 1]);

    pass(999);
    expect(get()).toBe(1);
    pass(1);
    expect(get()).toBe(2);
  });

  it("is done each time where it takes little", () => {
    const { get } = aScene(19);
    expect([get(), get(), get()]).toEqual([1, 2, 3]);
  });
});
