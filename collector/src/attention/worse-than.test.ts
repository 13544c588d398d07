import { describe, expect, it } from "vitest";
import { worn } from "./test-support/attention-scene.ts";
import { worseThan } from "./worse-than.ts";

const { measure: _, ...unmeasured } = worn(0);

describe("a finding", () => {
  it.each([
    { name: "as bad", seen: { severity: "medium", level: 4 }, finding: worn(4), why: undefined },
    { name: "better", seen: { severity: "medium", level: 4 }, finding: worn(3), why: undefined },
    { name: "quieter", seen: { severity: "high", level: 4 }, finding: worn(4), why: undefined },
    { name: "more", seen: { severity: "medium", level: 4 }, finding: worn(5), why: "percentage_used 5 is above 4" },
    { name: "more though quieter", seen: { severity: "high", level: 4 }, finding: worn(5), why: "percentage_used 5 is above 4" },
    { name: "louder", seen: { severity: "low", level: 4 }, finding: worn(1), why: "its severity is medium, and was low" },
    { name: "not measured any more", seen: { severity: "medium", level: 4 }, finding: unmeasured, why: undefined },
    { name: "measured only now", seen: { severity: "medium" }, finding: worn(9), why: undefined },
  ] as const)("that is $name: $why", ({ seen, finding, why }) => {
    expect(worseThan(seen, finding)).toBe(why);
  });
});
