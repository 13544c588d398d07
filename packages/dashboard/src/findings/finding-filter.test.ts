import { describe, expect, it } from "vitest";
import { filterOf, isLoud, isWanted, shelfOf } from "./finding-filter.ts";
import { aFinding, decided } from "./test-support/findings.ts";

describe("finding filter", () => {
  it("reads what stands in an address, and nothing that makes no sense", () => {
    expect(filterOf(new URLSearchParams("show=aside&severity=high&node=neko&rule=disk-worn&words=sda"))).toEqual({
      ...{ shelf: "aside", severity: "high", node: "neko", rule: "disk-worn", words: "sda" },
    });
    expect(filterOf(new URLSearchParams("show=x&severity=loud"))).toMatchObject({ shelf: "open", severity: "" });
  });

  it.each([
    ["severity=medium", true],
    ["severity=high", false],
    ["node=neko", true],
    ["node=-", false],
    ["rule=disk-worn&words=SDA neko", true],
    ["words=neko nothing", false],
  ])("wants the finding by %s: %s", (query, expected) => {
    expect(isWanted(aFinding("f"), filterOf(new URLSearchParams(query)))).toBe(expected);
  });

  it("knows the cluster's own by a dash", () => {
    expect(isWanted(aFinding("f", { node: "" }), filterOf(new URLSearchParams("node=-")))).toBe(true);
  });

  it("lays findings on shelves by what was decided about them", () => {
    const findings = [
      aFinding("open"),
      aFinding("muted", decided("mute", false)),
      aFinding("known", decided("acknowledge", true)),
      aFinding("over", { state: "resolved", ...decided("mute", false) }),
    ];

    expect(findings.map(shelfOf)).toEqual(["open", "quiet", "aside", "resolved"]);
    expect(findings.map(isLoud)).toEqual([true, false, false, false]);
    expect(isLoud(aFinding("f", { suppressedBy: "cause" }))).toBe(false);
    expect(isLoud(aFinding("f", { state: "pending" }))).toBe(false);
  });
});
