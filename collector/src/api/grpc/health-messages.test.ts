import { FindingSeverity, HealthFreshness, NodeStatus } from "@nodekeeper/proto/health";
import type { HealthLine, NodeHealth } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { aFinding } from "../test-support/fake-findings.ts";
import { healthMessage, statusOf } from "./health-messages.ts";

const at = "2026-01-01T00:00:00.000Z";
const atMs = BigInt(Date.parse(at));
const line: HealthLine = {
  ...{ node: "neko", status: "failed", reason: "/ is 96 % full", since: at, freshness: "fresh", lastContactAt: at },
  findingCounts: { high: 1, medium: 0, low: 2 },
};

function health(changes: Partial<NodeHealth> = {}): NodeHealth {
  const { findingCounts: _, ...rest } = line;
  return { ...rest, findings: [], probes: [], unknowns: [], ...changes };
}

describe("healthMessage", () => {
  it("carries the verdict", () => {
    expect(healthMessage(line, health()).verdict).toMatchObject({
      ...{ node: "neko", status: NodeStatus.FAILED, reason: "/ is 96 % full", sinceUnixMs: atMs, lastContactUnixMs: atMs },
      ...{ freshness: HealthFreshness.FRESH, highFindingCount: 1, mediumFindingCount: 0, lowFindingCount: 2 },
    });
  });

  it("carries findings with what made them, of whatever form that is", () => {
    const evidence = [
      { name: "used_percent", value: 96, observedAt: at },
      { name: "device", value: "sda" },
      { name: "is_read_only", value: false },
    ];
    const finding = aFinding("neko", { evidence, attention: { isQuiet: true, isSetAside: true, decisions: [] } });

    const [told] = healthMessage(line, health({ findings: [finding] })).findings;

    expect(told).toMatchObject({ severity: FindingSeverity.HIGH, isFiring: true, isSetAside: true, suppressedBy: "" });
    expect(told?.evidence.map(({ value }) => value)).toEqual([
      { case: "number", value: 96 },
      { case: "text", value: "sda" },
      { case: "flag", value: false },
    ]);
    expect(told?.evidence.map(({ observedAtUnixMs }) => observedAtUnixMs)).toEqual([atMs, undefined, undefined]);
  });

  it("leaves unset when a probe spoke that never did", () => {
    const probes = [{ name: "smart", freshness: "never" as const }];

    expect(healthMessage(line, health({ probes })).probes[0]).toMatchObject({ probe: "smart", freshness: HealthFreshness.NEVER });
    expect(healthMessage(line, health({ probes })).probes[0]?.observedAtUnixMs).toBeUndefined();
  });
});

describe("statusOf", () => {
  it("knows every state, and nothing else", () => {
    expect([1, 2, 3, 4, 5].map((each) => statusOf(each as NodeStatus))).toEqual([
      "ok",
      "degraded",
      "failed",
      "unknown",
      "asleep",
    ]);
    expect([0, 6].map((each) => statusOf(each as NodeStatus))).toEqual([undefined, undefined]);
  });
});
