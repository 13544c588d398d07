import { describe, expect, it } from "vitest";
import { aLonghorn } from "../../longhorn/test-support/made-longhorn.ts";
import type { LonghornBackupTarget } from "../../state/longhorn/longhorn-volume.ts";
import { judgeCluster, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { backupTargetUnavailable as rule } from "./backup-target-unavailable.ts";

function judge(overrides: Partial<LonghornBackupTarget>) {
  const target = { name: "default", url: "nfs://192.0.2.9:/backups", isAvailable: true, message: "", lastSyncedAtMs: undefined };
  return judgeCluster(rule, { longhorn: { ...aLonghorn(), backupTargets: () => [{ ...target, ...overrides }] } });
}

describe("backup-target-unavailable", () => {
  it.each([
    { name: "one that is reached", target: {}, expected: "clear" },
    { name: "one that is not", target: { isAvailable: false }, expected: "medium" },
    { name: "one of which Longhorn does not say", target: { isAvailable: undefined }, expected: "hold" },
    { name: "none that is set up", target: { url: "", isAvailable: false }, expected: "clear" },
  ])("judges $name: $expected", ({ target, expected }) => {
    expect(saidBy(rule, judge(target))["default"]).toBe(expected);
  });

  it("names the target and gives Longhorn's own words", () => {
    const verdicts = judge({ isAvailable: false, message: "cannot mount using NFSv4" });

    expect(textOf(verdicts)).toContain("does not reach its backup target nfs://192.0.2.9:/backups");
    expect(verdicts[0]).toMatchObject({
      evidence: expect.arrayContaining([expect.objectContaining({ name: "message", value: "cannot mount using NFSv4" })]),
    });
  });

  it("says nothing while Longhorn is not known", () => {
    expect(judgeCluster(rule, {})).toEqual([]);
  });
});
