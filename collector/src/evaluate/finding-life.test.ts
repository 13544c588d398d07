import { describe, expect, it } from "vitest";
import { aRule, cleared, held, raised } from "../test-support/rules.ts";
import { startMs } from "../test-support/states.ts";
import { type Lived, live, type OpenFinding, reopen } from "./finding-life.ts";
import type { Verdict } from "./rule.ts";

const minuteMs = 60_000;
const rule = aRule(() => []); // holds a minute, clears in two

/** Lives through verdicts at minutes, and says how it stood after each. */
function through(steps: readonly (readonly [minute: number, verdict: Verdict])[]): readonly string[] {
  let open: OpenFinding | undefined;
  return steps.map(([minute, verdict]) => {
    const lived = live(open, verdict, rule, "neko", startMs + minute * minuteMs);
    open = lived.kind === "open" ? lived.open : undefined;
    return lived.kind === "open" ? lived.open.finding.state : lived.kind;
  });
}

function opened(lived: Lived): OpenFinding {
  if (lived.kind !== "open") throw new Error(`it is ${lived.kind}`);
  return lived.open;
}

describe("the life of a finding", () => {
  it.each<{ name: string; steps: [number, Verdict][]; states: string[] }>([
    {
      name: "waits for its hold time",
      steps: [
        [0, raised()],
        [0.9, raised()],
        [1, raised()],
      ],
      states: ["pending", "pending", "firing"],
    },
    {
      name: "ends before it fires, if the condition was short",
      steps: [
        [0, raised()],
        [0.5, cleared],
        [1, raised()],
      ],
      states: ["pending", "resolved", "pending"],
    },
    { name: "fires at once when a device declares the fault", steps: [[0, raised({ isDeclared: true })]], states: ["firing"] },
    {
      name: "is resolved when the condition is gone for long enough",
      steps: [
        [0, raised({ isDeclared: true })],
        [1, cleared],
        [2.9, cleared],
        [3, cleared],
      ],
      states: ["firing", "firing", "firing", "resolved"],
    },
    {
      name: "begins to clear anew when the condition comes back",
      steps: [
        [0, raised({ isDeclared: true })],
        [1, cleared],
        [2, raised()],
        [3, cleared],
        [4.9, cleared],
        [5, cleared],
      ],
      states: ["firing", "firing", "firing", "firing", "firing", "resolved"],
    },
    {
      name: "does not clear while nothing is known",
      steps: [
        [0, raised({ isDeclared: true })],
        [1, cleared],
        [2, held],
        [60, held],
        [61, cleared],
        [62, cleared],
        [63, cleared],
      ],
      states: ["firing", "firing", "firing", "firing", "firing", "firing", "resolved"],
    },
    {
      name: "does not fire while nothing is known",
      steps: [
        [0, raised()],
        [30, held],
        [31, raised()],
      ],
      states: ["pending", "pending", "firing"],
    },
    {
      name: "begins its hold time anew when the clock is set back, and does not wait for the time that was",
      steps: [
        [600, raised()],
        [0, raised()],
        [1, raised()],
      ],
      states: ["pending", "pending", "firing"],
    },
    {
      name: "begins to clear anew when the clock is set back",
      steps: [
        [600, raised({ isDeclared: true })],
        [601, cleared],
        [0, cleared],
        [2, cleared],
      ],
      states: ["firing", "firing", "firing", "resolved"],
    },
    {
      name: "does not count the time in which nothing is known as time in which it held",
      steps: [
        [0, raised()],
        [0.5, held],
        [600, held],
        [601, raised()],
        [601.4, raised()],
        [601.5, raised()],
      ],
      states: ["pending", "pending", "pending", "pending", "pending", "firing"],
    },
    {
      name: "does not begin with what is not known, nor with nothing",
      steps: [
        [0, held],
        [1, cleared],
      ],
      states: ["inactive", "inactive"],
    },
    {
      name: "takes the clear time of the verdict where it says one",
      steps: [
        [0, raised({ isDeclared: true })],
        [1, { ...cleared, clearMs: 0 } as Verdict],
      ],
      states: ["firing", "resolved"],
    },
  ])("$name", ({ steps, states }) => {
    expect(through(steps)).toEqual(states);
  });

  it("keeps its name while words and numbers change, and gets a new one in a new life", () => {
    const first = opened(live(undefined, raised({ isDeclared: true }), rule, "neko", startMs));
    const changed = opened(live(first, raised({ text: "it is more broken", severity: "high" }), rule, "neko", startMs + 1));
    const again = opened(live(undefined, raised(), rule, "neko", startMs + 2));

    expect(changed.finding).toMatchObject({ id: first.finding.id, text: "it is more broken", severity: "high" });
    expect(changed.finding.firingSince).toBe(first.finding.firingSince);
    expect(again.finding.id).not.toBe(first.finding.id);
  });

  it("says when it stands though nothing is known, and when it began and ended", () => {
    const firing = opened(live(undefined, raised({ isDeclared: true }), rule, "neko", startMs));
    const unknown = opened(live(firing, held, rule, "neko", startMs + minuteMs));
    const over = live(firing, { ...cleared, clearMs: 0 } as Verdict, rule, "neko", startMs + 2 * minuteMs);

    expect(unknown.finding).toEqual({ ...firing.finding, isHeld: true });
    expect(over).toMatchObject({
      kind: "resolved",
      finding: {
        state: "resolved",
        pendingSince: "2026-11-22T12:00:00.000Z",
        firingSince: "2026-11-22T12:00:00.000Z",
        resolvedAt: "2026-11-22T12:02:00.000Z",
      },
    });
  });

  it("goes on with its times after a restart, as far as they were told", () => {
    const firing = opened(live(undefined, raised({ isDeclared: true }), rule, "neko", startMs));
    const clearing = opened(live(firing, cleared, rule, "neko", startMs + minuteMs));
    const again = reopen(clearing.finding, startMs + 2 * minuteMs);
    const pending = opened(live(undefined, raised(), rule, "neko", startMs));
    const waiting = reopen(pending.finding, startMs + 0.5 * minuteMs);

    expect(clearing.finding.clearSince).toBe("2026-11-22T12:01:00.000Z");
    expect(live(again, cleared, rule, "neko", startMs + 2.9 * minuteMs).kind).toBe("open");
    expect(live(again, cleared, rule, "neko", startMs + 3 * minuteMs)).toMatchObject({ kind: "resolved" });
    expect(opened(live(again, held, rule, "neko", startMs + 3 * minuteMs)).clearSinceMs).toBeUndefined();
    expect(opened(live(waiting, raised(), rule, "neko", startMs + minuteMs)).finding.state).toBe("firing");
    const unknown = opened(live(waiting, held, rule, "neko", startMs + 8 * minuteMs));
    expect(opened(live(unknown, raised(), rule, "neko", startMs + 9 * minuteMs)).finding.state).toBe("pending");
  });

  it("does not count after a restart what was not known before it either", () => {
    const pending = opened(live(undefined, raised(), rule, "neko", startMs));
    const unknown = opened(live(pending, held, rule, "neko", startMs + 0.5 * minuteMs));
    const again = reopen(unknown.finding, startMs + 3 * minuteMs);

    expect(unknown.finding.heldSince).toBe("2026-11-22T12:00:30.000Z");
    const known = opened(live(again, raised(), rule, "neko", startMs + 3 * minuteMs));
    expect(known.finding).toMatchObject({ state: "pending", pendingSince: "2026-11-22T12:02:30.000Z" });
    expect(known.finding.heldSince).toBeUndefined();
  });

  it("remembers when it became worse and better, and only the last of many times", () => {
    const severityAt = (minute: number) => (minute % 2 === 0 ? "medium" : "high");
    let open: OpenFinding | undefined;
    for (let minute = 0; minute <= 20; minute += 1) {
      const verdict = raised({ isDeclared: true, severity: severityAt(minute) });
      open = opened(live(open, verdict, rule, "neko", startMs + minute * minuteMs));
      if (minute === 0) expect(open.finding.severityChanges).toBeUndefined();
    }
    const at = new Date(startMs + 20 * minuteMs).toISOString();

    expect(open?.finding.severityChanges).toHaveLength(8);
    expect(open?.finding.severityChanges?.at(-1)).toEqual({ at, from: "high", to: "medium" });
  });

  it("stays the same object when nothing changed", () => {
    const firing = opened(
      live(undefined, raised({ isDeclared: true, evidence: [{ name: "a", value: 1 }] }), rule, "neko", startMs),
    );

    expect(opened(live(firing, raised({ evidence: [{ name: "a", value: 1 }] }), rule, "neko", startMs + 1))).toBe(firing);
  });
});
