import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { inSlices } from "./in-slices.ts";

describe("a walk in slices", () => {
  it("makes of each in order, and leaves out what nothing is made of", async () => {
    const made = await inSlices([1, 2, 3, 4], (each) => (each % 2 === 0 ? `${each}` : undefined), new FakeClock());

    expect(made).toEqual(["2", "4"]);
  });

  it("lets others have their turn where it takes long", async () => {
    let nowMs = 0;
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (turns < 1_000) setImmediate(count);
    };
    setImmediate(count);

    const seen = await inSlices(
      [1, 2, 3, 4, 5],
      () => {
        nowMs += 6;
        return turns;
      },
      { monotonicMs: () => nowMs },
    );

    expect(seen[1]).toBe(0);
    expect(seen[2]).toBeGreaterThan(0);
    expect(seen[4]).toBeGreaterThan(seen[3] ?? 0);
  });
});
