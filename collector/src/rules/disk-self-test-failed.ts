/**
 * A disk has found a fault in a test of itself. A failed test counts until one that looks at least as far has passed: a test of the same
 * type, or an extended one (it reads the whole surface).
 */
import { type SelfTest, type SelfTestLog, SelfTestResult } from "@nodekeeper/proto";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

export const diskSelfTestFailed: Rule = defineRule({
  code: "disk-self-test-failed",
  title: "Disk failed its own test",
  severity: "medium",
  holdMs: 0,
  clearMs: 0,
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => concludeOnDisks(view, conclude),
});

function conclude({ health: { selfTestLog, powerOnHours }, name, readAtMs }: KnownDisk): Conclusion {
  if (selfTestLog === undefined) return unknown("the log of its tests");
  const failed = standingFailure(selfTestLog);
  if (failed === undefined) return { kind: "clear" };
  const facts = {
    type: failed.type,
    result: failed.text,
    power_on_hours_at_test: failed.powerOnHours,
    power_on_hours: powerOnHours,
    failed_test_count: selfTestLog.failedTestCount,
  };
  const type = failed.type === "" ? "its own test" : `its own ${failed.type} test`;
  return {
    kind: "raise",
    isDeclared: true,
    text: `${name}: ${type} found a fault${failed.text === "" ? "" : ` (${failed.text})`}`,
    action: "Back up what is on it and run an extended test (smartctl -t long); replace the disk if that fails too.",
    evidence: evidenceOf(facts, readAtMs),
  };
}

/** The newest failed test that no later one has made good. */
function standingFailure({ tests }: SelfTestLog): SelfTest | undefined {
  const passed = new Set<string>();
  for (const test of tests) {
    if (test.result === SelfTestResult.PASSED) passed.add(scopeOf(test));
    if (test.result === SelfTestResult.FAILED && !passed.has(scopeOf(test)) && !passed.has(wholeSurface)) return test;
  }
  return undefined;
}

const wholeSurface = "whole surface";

function scopeOf({ type }: SelfTest): string {
  return /extended|long/i.test(type) ? wholeSurface : type;
}
