import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { clockSkewed as rule } from "./clock-skewed.ts";

interface Clock {
  readonly skewMs: number | undefined;
  readonly isSynchronized?: boolean;
  readonly afterMs?: number;
  readonly firing?: Partial<Finding>;
}

function say({ skewMs, isSynchronized, afterMs = 0, firing }: Clock) {
  const value = { service: "chrony", reference: "192.0.2.1", ...(isSynchronized === undefined ? {} : { isSynchronized }) };
  const node = machineThatSaid({ probe: "time", things: [{ kind: "time_sync", value: { case: "timeSync", value } }] });
  return judge(rule, { ...node, clockSkewMs: skewMs }, afterMs, firing);
}

describe("clock-skewed", () => {
  it.each<{ what: string; clock: Clock; expected: string }>([
    { what: "clocks that agree as well as a report can tell", clock: { skewMs: 4_999 }, expected: "clear" },
    { what: "one that is ahead", clock: { skewMs: 5_000 }, expected: "low" },
    { what: "one that is behind", clock: { skewMs: -5_000 }, expected: "low" },
    { what: "one that is off by so much that tokens are refused", clock: { skewMs: -60_000 }, expected: "medium" },
    { what: "one that was said, and is nearly right", clock: { skewMs: 3_000, firing: {} }, expected: "low" },
    { what: "one that was said, and is right", clock: { skewMs: 2_999, firing: {} }, expected: "clear" },
    { what: "a node of which this process heard no report yet", clock: { skewMs: undefined }, expected: "hold" },
    { what: "a node that is silent", clock: { skewMs: 90_000, afterMs: 600_000 }, expected: "hold" },
  ])("judges $what: $expected", ({ clock, expected }) => {
    expect(severityIn(rule, say(clock))).toBe(expected);
  });

  it("says what does not move with every report, and whose clock to look at first", () => {
    const [verdict] = say({ skewMs: 70_000 });

    expect(verdict).toMatchObject({ text: "its clock is 1 min 4 s or more ahead of the collector's", measure: { level: 64 } });
    expect(say({ skewMs: 71_500 })[0]).toMatchObject({ text: (verdict?.kind === "raise" && verdict.text) || "" });
    expect(say({ skewMs: 70_000, isSynchronized: true })[0]).toMatchObject({
      action: expect.stringContaining("collector's machine first"),
    });
    expect(say({ skewMs: 70_000, isSynchronized: false })[0]).toMatchObject({
      action: expect.stringMatching(/^Look at its time service/),
    });
  });
});
