import { describe, expect, it } from "vitest";
import { createAsking } from "./ask-again.ts";

function scene() {
  let nowMs = 1_000_000;
  const asked: string[] = [];
  const asking = createAsking(
    (node, probes) => void asked.push(`${node} ${probes.join()}`),
    () => nowMs,
  );
  const later = (ms: number): void => {
    nowMs += ms;
  };
  return { asked, asking, later, now: () => nowMs };
}

describe("asking agents to look again", () => {
  it("asks for cheap probes every four seconds, and for dear ones every six", () => {
    const { asked, asking, later, now } = scene();
    const wish = { node: "neko", probes: ["longhorn", "smart"], sinceMs: now() };

    for (let second = 0; second <= 12; second += 2) {
      asking.ask([wish]);
      later(2_000);
    }

    expect(asked).toEqual(["neko longhorn,smart", "neko longhorn", "neko smart", "neko longhorn", "neko longhorn,smart"]);
  });

  it("asks less often when it was in vain for a quarter of an hour, and at once when somebody wants it", () => {
    const { asked, asking, later, now } = scene();
    const wish = { node: "neko", probes: ["longhorn", "smart"], sinceMs: now() - 900_000 };
    asking.ask([wish]);
    later(7_000);
    asking.ask([wish]);
    later(1_000);
    asking.ask([wish]);
    expect(asked).toEqual(["neko longhorn,smart", "neko longhorn"]);

    asking.forget("neko");
    asking.ask([wish]);

    expect(asked.at(-1)).toBe("neko longhorn,smart");
  });

  it("asks as seldom as probes may run by themselves when nobody came for a day", () => {
    const { asked, asking, later, now } = scene();
    const wish = { node: "neko", probes: ["longhorn", "smart"], sinceMs: now() - 86_400_000 };

    for (let second = 0; second < 600; second += 2) {
      asking.ask([wish]);
      later(2_000);
    }

    expect(asked.filter((each) => each.includes("longhorn"))).toHaveLength(10);
    expect(asked.filter((each) => each.includes("smart"))).toHaveLength(2);
  });

  it("asks a hundred machines in a round, those that wait longest first", () => {
    const { asked, asking, later, now } = scene();
    const wishes = Array.from({ length: 250 }, (_, index) => ({ node: `n${index}`, probes: ["longhorn"], sinceMs: now() }));

    for (let round = 0; round < 3; round += 1) {
      asking.ask(wishes);
      later(2_000);
    }

    expect(asked).toHaveLength(300);
    expect(new Set(asked).size).toBe(250);
  });
});
