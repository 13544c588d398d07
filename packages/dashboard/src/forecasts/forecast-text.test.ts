import type { Forecast } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { forecastText, growthText, isSoon, usedText } from "./forecast-text.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");

function aForecast(changes: Partial<Forecast> = {}): Forecast {
  return {
    ...{ kind: "filesystem", id: "/", name: "/", what: "space", unit: "bytes", now: 3 * 2 ** 30, limit: 4 * 2 ** 30 },
    outcome: "reaches",
    earliestAt: "2026-03-20T00:00:00.000Z",
    likelyAt: "2026-04-02T00:00:00.000Z",
    latestAt: "2027-05-02T00:00:00.000Z",
    ...changes,
  };
}

describe("forecastText", () => {
  it("says the day of what is near, and the month of what is far", () => {
    expect(forecastText(aForecast(), nowMs)).toBe("about 2 Apr 2026 (20 Mar 2026 at the earliest, May 2027 at the latest)");
  });

  it("says that it may never be, where the interval has no end", () => {
    const { latestAt: _, ...endless } = aForecast();

    expect(forecastText(endless, nowMs)).toBe("about 2 Apr 2026 (20 Mar 2026 at the earliest, perhaps never)");
  });

  it.each<[Partial<Forecast>, string]>([
    [{ outcome: "unknown", reason: "its history is 5 days long; 14 are needed" }, "its history is 5 days long; 14 are needed"],
    [{ outcome: "not-soon" }, "not within ten years"],
    [{ outcome: "reached" }, "nothing is left"],
    [{ outcome: "reached", what: "wear" }, "its rated life is used up"],
  ])("gives no date for %o", (changes, text) => {
    expect(forecastText(aForecast(changes), nowMs)).toBe(text);
  });

  it("is soon within thirty days at the earliest", () => {
    expect(isSoon(aForecast(), nowMs)).toBe(true);
    expect(isSoon(aForecast({ earliestAt: "2026-04-20T00:00:00.000Z" }), nowMs)).toBe(false);
    expect(isSoon(aForecast({ outcome: "unknown" }), nowMs)).toBe(false);
  });

  it("says how much is used, and how fast that grows", () => {
    const wear = aForecast({ what: "wear", unit: "percent", now: 81, limit: 100, perDay: 0.02 });
    const inodes = aForecast({ what: "inodes", unit: "inodes", now: 1_000, limit: 4_000, perDay: -12 });

    expect([wear, aForecast({ perDay: 2 ** 30 }), inodes].map(usedText)).toEqual([
      "81 %",
      "3.0 GiB of 4.0 GiB, 75 %",
      "1,000 of 4,000, 25 %",
    ]);
    expect([wear, aForecast({ perDay: 2 ** 30 }), inodes, aForecast()].map(growthText)).toEqual([
      "+7.3 % a year",
      "+1.0 GiB a day",
      "−12 a day",
      "",
    ]);
  });
});
