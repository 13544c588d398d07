import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, parseBytes } from "./bytes.ts";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["12h", 43_200_000],
    ["7d", 604_800_000],
  ])("reads %s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(["", "5", "5 s", "-5s", "5w", "s", "1e3s"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow("expected a time such as");
  });

  it("reads back what formatDuration writes", () => {
    fc.assert(fc.property(fc.nat(), (durationMs) => parseDuration(formatDuration(durationMs)) === durationMs));
  });
});

describe("parseBytes", () => {
  it.each([
    ["512B", 512],
    ["64KiB", 65_536],
    ["1.5MiB", 1_572_864],
    ["2GiB", 2_147_483_648],
  ])("reads %s", (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });

  it.each(["", "5", "5MB", "-1B", "KiB"])("refuses %j", (text) => {
    expect(() => parseBytes(text)).toThrow("expected a size such as");
  });

  it("reads back what formatBytes writes", () => {
    fc.assert(fc.property(fc.nat(), (bytes) => parseBytes(formatBytes(bytes)) === bytes));
  });
});
