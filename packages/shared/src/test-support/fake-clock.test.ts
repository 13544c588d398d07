import { describe, expect, it } from "vitest";
import { FakeClock, settle } from "./fake-clock.ts";

const never = new AbortController().signal;

describe("FakeClock", () => {
  it("wakes sleepers in the order of their time, at their time", async () => {
    const clock = new FakeClock(1_000);
    const woken: [string, number, number][] = [];
    const sleeper = async (name: string, durationMs: number): Promise<void> => {
      await clock.sleep(durationMs, never);
      woken.push([name, clock.monotonicMs(), clock.wallMs()]);
    };
    const all = Promise.all([sleeper("late", 300), sleeper("early", 100)]);

    await clock.advance(500);
    await all;

    expect(woken).toEqual([
      ["early", 100, 1_100],
      ["late", 300, 1_300],
    ]);
    expect(clock.monotonicMs()).toBe(500);
  });

  it("wakes a loop as often as its time comes", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    let rounds = 0;
    const loop = (async () => {
      for (;;) {
        await clock.sleep(10, controller.signal);
        rounds++;
      }
    })();

    await clock.advance(95);
    controller.abort();

    await expect(loop).rejects.toMatchObject({ name: "AbortError" });
    expect(rounds).toBe(9);
    expect(clock.sleeperCount).toBe(0);
  });

  it("rejects a sleep whose signal has aborted already", async () => {
    await expect(new FakeClock().sleep(10, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });

  it("leaves sleepers alone when the wall clock jumps", async () => {
    const clock = new FakeClock(0);
    let isAwake = false;
    const sleeping = clock.sleep(10, never).then(() => {
      isAwake = true;
    });

    clock.jumpWall(86_400_000);
    await settle();
    expect(isAwake).toBe(false);
    await clock.advance(10);
    await sleeping;

    expect(clock.wallMs()).toBe(86_400_010);
  });
});
