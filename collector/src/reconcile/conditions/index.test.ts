import { describe, expect, it } from "vitest";
import { rules } from "../../rules/index.ts";
import { conditionTypes } from "../test-support/world-of.ts";
import { conditions } from "./index.ts";

describe("the conditions", () => {
  it("are those that a policy may choose", () => {
    expect(conditions.map(({ type }) => type)).toEqual(conditionTypes);
  });

  it("look at rules that there are", () => {
    const codes = new Set(rules.map(({ code }) => code));
    const named = conditions.flatMap(({ faults }) => faults.map(({ rule }) => rule));

    expect(named.filter((rule) => !codes.has(rule))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it("tell of each change with a reason of its own", () => {
    const reasons = conditions.flatMap(({ eventReasons }) => Object.values(eventReasons));

    expect(new Set(reasons).size).toBe(12);
    expect(reasons.filter((reason) => !/^[A-Z][A-Za-z]+$/.test(reason))).toEqual([]);
  });
});
