import { describe, expect, it } from "vitest";
import { readTime } from "./read-time.ts";

const noon = new Date(2026, 10, 23, 12).getTime(); // by the time zone of the machine

describe("a time on the command line", () => {
  it.each([
    { text: "22:00", atMs: new Date(2026, 10, 23, 22).getTime() },
    { text: "9:30", atMs: new Date(2026, 10, 24, 9, 30).getTime() },
    { text: "12:00", atMs: new Date(2026, 10, 24, 12).getTime() },
    { text: "2026-11-24T22:00", atMs: new Date(2026, 10, 24, 22).getTime() },
    { text: "2026-11-24 22:00", atMs: new Date(2026, 10, 24, 22).getTime() },
    { text: "2026-11-24T22:00Z", atMs: Date.UTC(2026, 10, 24, 22) },
    { text: "2026-11-24T22:00:00+02:00", atMs: Date.UTC(2026, 10, 24, 20) },
  ])("$text is the next such time here, or the one that it says", ({ text, atMs }) => {
    expect(readTime(text, noon)).toBe(atMs);
  });

  it("is not over", () => {
    expect(() => readTime("2026-11-23T11:59", noon)).toThrow("2026-11-23T11:59 is over: leave it out to begin now");
  });

  it.each(["", "tonight", "24:00", "12:60", "2026-11-24", "5", "2026-99-99T22:00"])("%s is none", (text) => {
    expect(() => readTime(text, noon)).toThrow("expected a time such as 22:00");
  });
});
