import type { Decision } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { decisionText, maintenances, scopeText } from "./decision-text.ts";
import { aDecision, nowMs } from "./test-support/findings.ts";

describe("decisions in words", () => {
  it("says who, since when and until when", () => {
    const until = "2026-03-01T14:00:00.000Z";

    expect(decisionText(aDecision("acknowledge", { seen: { severity: "high", level: 96 } }), nowMs)).toBe(
      "Acknowledged by ada 1 h ago, until it is worse than 96, or over",
    );
    expect(decisionText(aDecision("mute", { until }), nowMs)).toBe("Muted by ada 1 h ago, ends in 2 h");
    expect(decisionText(aDecision("accept"), nowMs)).toBe("Accepted by ada 1 h ago, without an end");
    expect(decisionText(aDecision("maintenance", { from: "2026-03-01T13:00:00.000Z", until }), nowMs)).toBe(
      "Maintenance by ada 1 h ago, begins in 1 h, ends in 2 h",
    );
  });

  it("says about what", () => {
    expect(scopeText({})).toBe("everything");
    expect(scopeText({ node: "" })).toBe("everything of the cluster");
    expect(scopeText({ node: "neko", rule: "disk-worn", subject: { kind: "disk", id: "sda" } })).toBe(
      "disk-worn, disk sda on neko",
    );
  });

  it("knows on which nodes somebody works now, by the decision that ends last", () => {
    const at = (until: string, changes: Partial<Decision> = {}) => aDecision("maintenance", { id: until, until, ...changes });
    const found = maintenances(
      [
        at("2026-03-01T13:00:00.000Z"),
        at("2026-03-01T15:00:00.000Z"),
        at("2026-03-01T11:30:00.000Z", { scope: { node: "over" } }),
        at("2026-03-01T16:00:00.000Z", { from: "2026-03-01T14:00:00.000Z", scope: { node: "later" } }),
        aDecision("mute", { scope: { node: "muted" } }),
      ],
      nowMs,
    );

    expect([...found].map(([node, { until }]) => [node, until])).toEqual([["neko", "2026-03-01T15:00:00.000Z"]]);
  });
});
