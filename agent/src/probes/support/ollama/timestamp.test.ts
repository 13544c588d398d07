import { describe, expect, it } from "vitest";
import { timestampMs } from "./timestamp.ts";

describe("timestampMs", () => {
  it.each([
    ["2026-11-23T02:09:21.747224103Z", Date.UTC(2026, 10, 23, 2, 9, 21, 747)],
    ["2024-06-04T14:38:31.83753-07:00", Date.UTC(2024, 5, 4, 21, 38, 31, 837)],
    ["2026-11-23T04:09:21+02:00", Date.UTC(2026, 10, 23, 2, 9, 21)],
    ["2026-11-23T02:09:21.999999999Z", Date.UTC(2026, 10, 23, 2, 9, 21, 999)],
    ["2026-11-23T02:09:21.289Z", Date.UTC(2026, 10, 23, 2, 9, 21, 289)],
    ["2318-03-04T01:57:29.123456789+05:45", Date.UTC(2318, 2, 3, 20, 12, 29, 123)],
    ["0001-01-01T00:00:00Z", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-11-23 02:09:21", undefined],
    ["4 minutes from now", undefined],
    ["", undefined],
    [1_700_000_000, undefined],
    [null, undefined],
  ])("of %j", (value, expected) => {
    expect(timestampMs(value)).toBe(expected);
  });
});
