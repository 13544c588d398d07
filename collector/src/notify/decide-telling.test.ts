import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { decideTelling, type Wanted, watchFlapping } from "./decide-telling.ts";
import { snapshotOf, type Telling, type Told } from "./notice.ts";
import { aFinding, quiet } from "./test-support/a-finding.ts";
import { afterGivingUp, afterTelling, isForgettable } from "./told.ts";

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 0, 1, 12);
const byDefault: Wanted = { severities: ["high"], advice: true };
const worn = aFinding();
const held = aFinding({ isHeld: true });
const consequence = aFinding({ suppressedBy: "node-not-reporting:neko:node:1" });
const low = aFinding({ severity: "low" });

function told(finding: Finding, ...tellings: readonly Telling[]): Told {
  const memory = tellings.reduce<Told | undefined>(
    (before, telling) => afterTelling(before, { telling, finding: snapshotOf(finding) }, "n", nowMs),
    undefined,
  );
  if (memory === undefined) throw new Error("nothing was told");
  return memory;
}

function at(level: number): Finding {
  return aFinding({ measure: { name: "percentage_used", level } });
}

describe("feature 80: notifications: what is told of a finding", () => {
  it.each<readonly [string, Finding | undefined, Told | undefined, Telling | undefined]>([
    ["a critical one that fires", worn, undefined, "firing"],
    ["one that was told and fires on", worn, told(worn, "firing"), undefined],
    ["one that is pending", aFinding({ state: "pending" }), undefined, undefined],
    ["one of medium severity", aFinding({ severity: "medium" }), undefined, undefined],
    ["one that stands as it was before a restart", held, undefined, undefined],
    ["a consequence of another", consequence, undefined, undefined],
    ["one that somebody muted", quiet(worn), undefined, undefined],
    ["one that somebody muted and that got worse", quiet(at(130)), told(worn, "firing"), undefined],
    ["one that was told and is over", undefined, told(worn, "firing"), "resolved"],
    ["one that was never told and is over", undefined, undefined, undefined],
    ["one whose end was told", undefined, told(worn, "firing", "resolved"), undefined],
    ["one that comes again", worn, told(worn, "firing", "resolved"), "firing"],
    ["one that comes again and is not sure yet", aFinding({ state: "pending" }), told(worn, "firing"), "resolved"],
    ["one that was told and of which nothing is known now", held, told(worn, "firing"), undefined],
    ["one that was told and became a consequence", consequence, told(worn, "firing"), undefined],
    ["one that is at 104 %, as it was told", at(104), told(worn, "firing"), undefined],
    ["one that is at 110 % after 104 %", at(110), told(worn, "firing"), "worse"],
    ["one that is at 110 % after 120 %", at(110), told(at(120), "firing"), undefined],
    ["one that became critical", worn, told(aFinding({ severity: "medium" }), "firing"), "worse"],
    ["one that is critical no more, and goes on", aFinding({ severity: "medium" }), told(worn, "firing"), undefined],
    ["advice", low, undefined, "advice"],
    ["advice that was given", low, told(low, "advice"), undefined],
    ["advice that was given, and is over", undefined, told(low, "advice"), undefined],
    ["advice that somebody accepted", quiet(low), undefined, undefined],
    ["advice that became critical", worn, told(low, "advice"), "firing"],
    ["advice that was critical, was over and is advice again", low, told(low, "advice", "firing", "resolved"), undefined],
    ["one that was told three times within the hour", worn, told(worn, ...comesAndGoes(3)), "flapping"],
    ["one that got worse for the fourth time within the hour", at(140), told(worn, "firing", "worse", "worse"), "flapping"],
    ["one that flaps", worn, told(worn, "flapping"), undefined],
    ["one that flapped more quietly and is critical now", worn, told(aFinding({ severity: "medium" }), "flapping"), "worse"],
    ["one that flapped more quietly and is muted", quiet(worn), told(aFinding({ severity: "medium" }), "flapping"), undefined],
    ["one that flaps and is gone just now", undefined, told(worn, "flapping"), undefined],
  ])("%s", (_, finding, memory, expected) => {
    expect(decideTelling(byDefault, memory, finding, nowMs + minuteMs)).toBe(expected);
  });

  it("is what the channel wants to hear", () => {
    const medium = aFinding({ severity: "medium" });

    expect(decideTelling({ severities: ["medium"], advice: false }, undefined, medium, nowMs)).toBe("firing");
    expect(decideTelling({ severities: ["medium"], advice: false }, undefined, worn, nowMs)).toBeUndefined();
    expect(decideTelling({ severities: ["high"], advice: false }, undefined, low, nowMs)).toBeUndefined();
    expect(decideTelling({ severities: ["low"], advice: true }, undefined, low, nowMs)).toBe("firing");
  });

  it("is each step of a disk that wears out once, and never less", () => {
    const steps = [104, 104, 110, 109, 110, 120];
    let memory: Told | undefined;
    const spoken = steps.flatMap((level, hour) => {
      const finding = at(level);
      const telling = decideTelling(byDefault, memory, finding, nowMs + hour * 60 * minuteMs);
      if (telling === undefined) return [];
      memory = afterTelling(memory, { telling, finding: snapshotOf(finding) }, "n", nowMs + hour * 60 * minuteMs);
      return [`${telling} at ${level}`];
    });

    expect(spoken).toEqual(["firing at 104", "worse at 110", "worse at 120"]);
  });
});

describe("a finding that flaps", () => {
  const flapping = told(worn, "flapping");

  it("is spoken of again when it was calm for an hour", () => {
    const calmMs = nowMs + 61 * minuteMs;

    expect(watchFlapping(flapping, worn, nowMs + 59 * minuteMs)).toBe(flapping);
    const calm = watchFlapping(flapping, worn, calmMs);
    expect(calm.flapping).toBeUndefined();
    expect(decideTelling(byDefault, calm, worn, calmMs)).toBeUndefined();
    expect(decideTelling(byDefault, calm, undefined, calmMs)).toBe("resolved");
  });

  it("is silent for another hour when it comes or goes", () => {
    const gone = watchFlapping(flapping, undefined, nowMs + 50 * minuteMs);

    expect(gone.flapping).toEqual({ isFiring: false, movedAtMs: nowMs + 50 * minuteMs });
    expect(decideTelling(byDefault, gone, undefined, nowMs + 100 * minuteMs)).toBeUndefined();
    expect(decideTelling(byDefault, gone, undefined, nowMs + 111 * minuteMs)).toBe("resolved");
  });

  it("is not silent for years because the clock was wrong when it was told", () => {
    expect(decideTelling(byDefault, flapping, undefined, nowMs - 365 * 24 * 60 * minuteMs)).toBe("resolved");
  });
});

describe("the memory", () => {
  const items = {
    firing: { telling: "firing", finding: snapshotOf(worn) },
    advice: { telling: "advice", finding: snapshotOf(low) },
  } as const;

  it("is as it was when a notice is given up", () => {
    const open = told(worn, "firing");
    const { finding: _, ...before } = open;
    const end = { telling: "resolved", finding: snapshotOf(worn), before } as const;

    expect(afterGivingUp(afterTelling(open, end, "m", nowMs), end)).toEqual(open);
    expect(afterGivingUp(open, items.firing)).toBeUndefined();
  });

  it("keeps advice for ever, and what is over as long as it may flap", () => {
    const over = told(worn, "firing", "resolved");

    expect(isForgettable(over, nowMs + 59 * minuteMs)).toBe(false);
    expect(isForgettable(over, nowMs + 61 * minuteMs)).toBe(true);
    expect(isForgettable(told(worn, "firing"), nowMs + 61 * minuteMs)).toBe(false);
    expect(isForgettable(afterTelling(undefined, items.advice, "n", nowMs), nowMs * 2)).toBe(false);
  });
});

function comesAndGoes(times: number): readonly Telling[] {
  return Array.from({ length: times }, () => ["firing", "resolved"] as const).flat();
}
