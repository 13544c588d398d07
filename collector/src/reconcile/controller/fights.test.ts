import { describe, expect, it } from "vitest";
import { afterWrite, type Fight, isOver } from "./fights.ts";

const minuteMs = 60_000;

const write = { uid: "1", value: "ssd", manager: "somebody" };

function written(times: readonly number[]): Fight | undefined {
  return times.reduce<Fight | undefined>((fight, atMs) => afterWrite(fight, write, atMs), undefined);
}

describe("a fight", () => {
  it("is none for five repairs after the first write, and then rests for longer and longer, up to an hour", () => {
    const rests: number[] = [];
    let fight: Fight | undefined;
    let nowMs = 0;
    for (let repair = 0; repair < 15; repair++) {
      fight = afterWrite(fight, write, nowMs);
      rests.push((fight.untilMs - nowMs) / minuteMs);
      nowMs = Math.max(nowMs + 1_000, fight.untilMs);
    }

    expect(rests).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it("is none where writes lie far apart", () => {
    const times = Array.from({ length: 20 }, (_, index) => index * 3 * minuteMs);

    expect(written(times)?.level).toBe(0);
  });

  it("is none where another value is written, or the same on another object", () => {
    const fight = written([0, 1, 2, 3, 4, 5]);

    expect(afterWrite(fight, { ...write, uid: "2" }, 6)).toMatchObject({ level: 0 });
    expect(afterWrite(fight, { ...write, value: "hdd" }, 6)).toMatchObject({ level: 0 });
  });

  it("is over after a calm, and begins anew then", () => {
    const fight = written([0, 1, 2, 3, 4, 5]);
    const untilMs = fight?.untilMs ?? 0;

    expect(fight?.level).toBe(1);
    expect(fight && isOver(fight, untilMs + 10 * minuteMs)).toBe(false);
    expect(fight && isOver(fight, untilMs + 12 * minuteMs)).toBe(true);
    expect(afterWrite(fight, write, untilMs + 12 * minuteMs)).toMatchObject({ level: 0 });
  });
});
