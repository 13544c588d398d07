import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { followReach, type ReachTrack, unasked } from "./reach.ts";

/** One answer a second; "1" is good. */
function follow(answers: string, from: ReachTrack = unasked, startMs = 0): { readonly track: ReachTrack } {
  let track = from;
  for (const [index, answer] of [...answers].entries()) {
    track = followReach(track, answer === "1" ? undefined : "refused", startMs + index * 1_000);
  }
  return { track };
}

describe("whether a server answers", () => {
  it("is up after two answers, and down after two failures", () => {
    expect(follow("1").track.reach.kind).toBe("unknown");
    expect(follow("11").track.reach).toEqual({ kind: "up", sinceMs: 1_000 });
    expect(follow("1100").track.reach).toEqual({ kind: "down", sinceMs: 2_000, problem: "refused" });
    expect(follow("00").track.reach.kind).toBe("down");
  });

  it("takes no single failure for a change", () => {
    expect(follow("11010101").track.reach).toEqual({ kind: "up", sinceMs: 1_000 });
  });

  it("waits until who came back stays, longer each time", () => {
    const back = "0".repeat(2) + "1".repeat(16);
    const once = follow(`11${back}`);
    expect(once.track.reach.kind).toBe("up");
    expect(follow(`11${back.slice(0, -2)}`).track.reach.kind).toBe("down");
    expect(follow(back, once.track, 100_000).track.reach.kind).toBe("down");
    expect(follow(`00${"1".repeat(31)}`, once.track, 100_000).track.reach.kind).toBe("up");
  });

  it("waits no longer for a clock that was set back", () => {
    const hourMs = 3_600_000;
    const fallen = follow("11001", unasked, hourMs).track;

    expect(follow("1".repeat(17), fallen, 0).track.reach.kind).toBe("up");
  });

  it("forgets falls after it was up for long", () => {
    const fallen = follow(`1100${"1".repeat(17)}`).track;
    const long = followReach(fallen, undefined, 3_600_000);
    expect([fallen.fallCount, long.fallCount]).toEqual([1, 0]);
  });

  it("changes at most once a minute after its first change, however it blinks with a period of at most ten seconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 5 }), (up, down) => {
        let track = follow("11").track;
        const changes: number[] = [];
        for (let second = 2; second < 1_200; second++) {
          const isGood = (second - 2) % (up + down) < up;
          const after = followReach(track, isGood ? undefined : "refused", second * 1_000);
          if (after.reach.kind !== track.reach.kind) changes.push(second);
          track = after;
        }
        expect(changes.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
