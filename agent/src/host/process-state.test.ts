import { describe, expect, it } from "vitest";
import { isInUninterruptibleSleep, stateIn } from "./process-state.ts";

describe("isInUninterruptibleSleep", () => {
  it("says no of a process that runs, of one that is gone, and of none", () => {
    expect(isInUninterruptibleSleep(process.pid)).toBe(false);
    expect(isInUninterruptibleSleep(2 ** 30)).toBe(false);
    expect(isInUninterruptibleSleep(undefined)).toBe(false);
  });
});

describe("stateIn", () => {
  it.each([
    ["a plain name", "26603 (smartctl) D 1 26603 0", "D"],
    ["a name that looks like more fields", "7 (a) R (b) S 1) D 1 7 0", "D"],
    ["nothing", "", undefined],
    ["no brackets", "7 smartctl D", undefined],
  ])("reads the state behind %s", (_, stat, state) => {
    expect(stateIn(stat)).toBe(state);
  });
});
