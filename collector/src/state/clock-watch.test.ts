import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { watchClock } from "./clock-watch.ts";
import { createListening } from "./listening.ts";

describe("watchClock", () => {
  it("begins to listen anew when the wall clock jumps, and not when it goes as it should", async () => {
    const clock = new FakeClock(1_000_000);
    const listening = createListening();
    listening.open(clock.wallMs());
    await using _ = watchClock({ clock, random: () => 0.5, listening, logger: createLogger("test", "silent") });

    await clock.advance(60_000);
    const before = listening.sinceMs;
    clock.jumpWall(3_600_000);
    await clock.advance(10_000);
    const afterForwards = listening.sinceMs;
    clock.jumpWall(-7_200_000);
    await clock.advance(10_000);

    expect(before).toBe(1_000_000);
    expect(afterForwards).toBeGreaterThan(1_000_000 + 3_600_000);
    expect(listening.sinceMs).toBeLessThan(afterForwards);
  });

  it("does not pretend to listen when nobody does", async () => {
    const clock = new FakeClock(1_000_000);
    const listening = createListening();
    await using _ = watchClock({ clock, random: () => 0.5, listening, logger: createLogger("test", "silent") });

    clock.jumpWall(3_600_000);
    await clock.advance(10_000);

    expect(listening.sinceMs).toBe(Number.POSITIVE_INFINITY);
  });
});
