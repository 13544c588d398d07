import { describe, expect, it } from "vitest";
import { createTurns } from "./turns.ts";

function aClock() {
  let nowMs = 0;
  return { monotonicMs: () => nowMs, work: (ms: number) => (nowMs += ms) };
}

describe("turns", () => {
  it("are over after a slice, and tell how long was worked", async () => {
    const clock = aClock();
    const turns = createTurns(clock, 4);
    clock.work(3);
    expect(turns.isOver()).toBe(false);
    clock.work(1);
    expect(turns.isOver()).toBe(true);

    const next = turns.next();
    clock.work(100);
    await next;

    expect(turns.isOver()).toBe(false);
    clock.work(2);
    expect(turns.workedMs()).toBe(6);
  });

  it("are given to one work at a time, with the event loop between them", async () => {
    const clock = aClock();
    let iteration = 0;
    let isOver = false;
    const count = (): void => {
      iteration += 1;
      if (!isOver) setImmediate(count);
    };
    const slices: number[] = [];
    const work = async (): Promise<void> => {
      const turns = createTurns(clock);
      for (let slice = 0; slice < 3; slice += 1) {
        await turns.next();
        slices.push(iteration);
      }
    };
    count();

    await Promise.all([work(), work(), work()]);
    isOver = true;

    expect(slices).toHaveLength(9);
    expect(new Set(slices).size).toBe(9);
  });
});
