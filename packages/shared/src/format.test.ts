import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBitRate,
  formatCelsius,
  formatHertz,
  formatIn,
  formatPart,
  formatPercent,
  formatSince,
  formatSize,
  formatTimeSpan,
  formatWatts,
} from "./format.ts";

describe("formatSize", () => {
  it.each([
    [undefined, "?"],
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2 - 1, "1.0 MiB"],
    [500_107_862_016, "466 GiB"],
    [2 ** 60, "1024 PiB"],
  ])("writes %s as %s", (bytes, expected) => {
    expect(formatSize(bytes)).toBe(expected);
  });
});

describe("formatTimeSpan", () => {
  it.each([
    [undefined, "?"],
    [0.4, "0 s"],
    [59, "59 s"],
    [61, "1 min 1 s"],
    [3_600, "1 h"],
    [93_600, "1 d 2 h"],
    [90_061, "1 d 1 h"],
  ])("writes %s as %s", (seconds, expected) => {
    expect(formatTimeSpan(seconds)).toBe(expected);
  });
});

describe("formatAgo", () => {
  it("counts from a timestamp, and never into the future", () => {
    expect(formatAgo("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1, 0, 2))).toBe("2 min ago");
    expect(formatAgo("2026-01-01T00:00:09.000Z", Date.UTC(2026, 0, 1))).toBe("now");
  });
});

describe("formatSince", () => {
  it("says how long something lasts", () => {
    expect(formatSince("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1, 1, 5))).toBe("for 1 h 5 min");
  });
});

describe("formatPercent, formatCelsius and formatBitRate", () => {
  it("round, name the unit, and say what is unknown", () => {
    expect([formatPercent(41.6), formatPercent(undefined)]).toEqual(["42 %", "?"]);
    expect([formatCelsius(-3.2), formatCelsius(undefined)]).toEqual(["-3 °C", "?"]);
    expect([formatBitRate(2.5e9), formatBitRate(100e6), formatBitRate(undefined)]).toEqual(["2.5 Gbit/s", "100 Mbit/s", ""]);
  });
});

describe("formatIn", () => {
  it("looks ahead, and back once it is over", () => {
    const now = Date.UTC(2026, 0, 1);

    expect(formatIn("2026-01-01T00:04:00.000Z", now)).toBe("in 4 min");
    expect(formatIn("2025-12-31T23:00:00.000Z", now)).toBe("1 h ago");
  });
});

describe("formatPart", () => {
  it("gives both in the unit of the whole, and says what is unknown", () => {
    expect(formatPart(0.3 * 1024 ** 3, 15.92 * 1024 ** 3)).toBe("0.3 of 15.9 GiB");
    expect(formatPart(undefined, 512)).toBe("? of 512 B");
    expect(formatPart(2048, undefined)).toBe("2.0 KiB");
    expect(formatPart(undefined, undefined)).toBe("?");
  });
});

describe("formatWatts and formatHertz", () => {
  it("round as far as people care, and say what is unknown", () => {
    expect([268.4, 9.96, 4.13, 0, undefined].map(formatWatts)).toEqual(["268 W", "10 W", "4.1 W", "0.0 W", "?"]);
    expect([2_610_000_000, 405_000_000, undefined].map(formatHertz)).toEqual(["2.61 GHz", "405 MHz", "?"]);
  });
});
