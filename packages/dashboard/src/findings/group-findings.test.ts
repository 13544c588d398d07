import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { groupFindings } from "./group-findings.ts";
import { aFinding } from "./test-support/findings.ts";

describe("groupFindings", () => {
  const shape = (findings: readonly Finding[]) =>
    groupFindings(findings).map(({ finding, consequences }) => [finding.id, ...consequences.map(({ id }) => id)]);

  it("puts consequences under the first cause, also those of consequences, and the loudest first", () => {
    const findings = [
      aFinding("low", { severity: "low" }),
      aFinding("far", { suppressedBy: "near", severity: "high" }),
      aFinding("near", { suppressedBy: "cause" }),
      aFinding("cause"),
      aFinding("high", { severity: "high" }),
    ];

    expect(shape(findings)).toEqual([["high"], ["cause", "far", "near"], ["low"]]);
  });

  it("shows what is a consequence of something unknown, or of itself, for itself", () => {
    const findings = [
      aFinding("a", { suppressedBy: "gone" }),
      aFinding("b", { suppressedBy: "c" }),
      aFinding("c", { suppressedBy: "b" }),
    ];

    expect(shape(findings)).toEqual([["a"], ["b"], ["c"]]);
  });

  it("puts the newest of equals first, and what does not fire yet last", () => {
    const old = aFinding("old", { firingSince: "2026-02-01T00:00:00.000Z" });
    const { firingSince: _, ...pending } = aFinding("pending", { state: "pending" });

    expect(shape([old, pending, aFinding("new")])).toEqual([["new"], ["old"], ["pending"]]);
  });
});
