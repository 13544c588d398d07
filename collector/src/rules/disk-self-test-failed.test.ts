import { SelfTestResult } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { diskSelfTestFailed } from "./disk-self-test-failed.ts";

const { PASSED, FAILED, ABORTED, RUNNING } = SelfTestResult;

function log(...tests: readonly (readonly [type: string, result: SelfTestResult])[]) {
  return { selfTestLog: { tests: tests.map(([type, result]) => ({ type, result })) } };
}

describe("disk-self-test-failed", () => {
  it.each<{ name: string; log: ReturnType<typeof log>; expected: string }>([
    { name: "no test at all", log: log(), expected: "clear" },
    { name: "tests that passed", log: log(["short", PASSED], ["extended", PASSED]), expected: "clear" },
    { name: "a test that failed last", log: log(["short", FAILED], ["short", PASSED]), expected: "medium" },
    { name: "a failure before a test that was broken off", log: log(["short", ABORTED], ["short", FAILED]), expected: "medium" },
    { name: "a failure before one that runs", log: log(["extended", RUNNING], ["extended", FAILED]), expected: "medium" },
    {
      name: "a failure of an extended test before a short one",
      log: log(["short", PASSED], ["extended", FAILED]),
      expected: "medium",
    },
    { name: "a failure before a test of the same type", log: log(["short", PASSED], ["short", FAILED]), expected: "clear" },
    { name: "a failure before an extended test", log: log(["Background long", PASSED], ["short", FAILED]), expected: "clear" },
    { name: "tests that were only broken off", log: log(["short", ABORTED], ["short", ABORTED]), expected: "clear" },
  ])("says $expected of $name", ({ log: health, expected }) => {
    expect(outcomeOf(diskSelfTestFailed, health)).toBe(expected);
  });

  it("says which test it was and what the disk said, at once", () => {
    const test = { type: "extended", result: FAILED, text: "Completed: read failure", powerOnHours: 900n };
    const health = { powerOnHours: 1000n, selfTestLog: { tests: [test], failedTestCount: 2 } };

    expect(judgeDisk(diskSelfTestFailed, health)).toMatchObject({
      isDeclared: true,
      text: "A disk (/dev/sda): its own extended test found a fault (Completed: read failure)",
      evidence: [
        { name: "type", value: "extended" },
        { name: "result", value: "Completed: read failure" },
        { name: "power_on_hours_at_test", value: 900 },
        { name: "power_on_hours", value: 1000 },
        { name: "failed_test_count", value: 2 },
      ],
    });
  });

  it("concludes nothing where there is no log, or where it is old", () => {
    expect(outcomeOf(diskSelfTestFailed, {})).toBe("hold");
    expect(outcomeOf(diskSelfTestFailed, log(["short", FAILED]), { ageMs: 3_600_000 })).toBe("hold");
  });
});
