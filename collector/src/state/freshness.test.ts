import { describe, expect, it } from "vitest";
import { freshnessOf, lostAtMs, staleAtMs } from "./freshness.ts";

const observedAtMs = 1_800_000_000_000;
const dayMs = 24 * 3_600_000;

describe("feature 11: freshness of each part", () => {
  it("is judged by the interval in which the next word was promised", () => {
    const ageMs = 10 * 60_000;

    expect(freshnessOf(observedAtMs, 15_000, observedAtMs + ageMs)).toBe("stale");
    expect(freshnessOf(observedAtMs, 3_600_000, observedAtMs + ageMs)).toBe("fresh");
  });

  it("turns when three words were missed and a margin is over, and not before", () => {
    const turnsAtMs = staleAtMs(observedAtMs, 60_000);

    expect(turnsAtMs).toBe(observedAtMs + 3 * 60_000 + 30_000);
    expect(freshnessOf(observedAtMs, 60_000, turnsAtMs)).toBe("fresh");
    expect(freshnessOf(observedAtMs, 60_000, turnsAtMs + 1)).toBe("stale");
  });

  it("is lost after seven days, however rarely a word was promised", () => {
    expect(lostAtMs(observedAtMs)).toBe(observedAtMs + 7 * dayMs);
    expect(freshnessOf(observedAtMs, 30 * dayMs, observedAtMs + 7 * dayMs - 1)).toBe("fresh");
    expect(freshnessOf(observedAtMs, 30 * dayMs, observedAtMs + 7 * dayMs)).toBe("lost");
  });

  it("does not age backwards when the collector's clock is set back", () => {
    expect(freshnessOf(observedAtMs, 60_000, observedAtMs - dayMs)).toBe("fresh");
  });
});
