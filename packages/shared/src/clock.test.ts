import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { createDeadline, systemClock } from "./clock.ts";
import { FakeClock } from "./test-support/fake-clock.ts";

const late = new Error("late");

describe("systemClock", () => {
  it("sleeps for a month, which is more than a timer of Node can", async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(30 * 86_400_000, stop.signal).then(
      () => "over",
      () => "stopped",
    );
    await systemClock.sleep(20, new AbortController().signal);
    stop.abort();

    expect(await sleeping).toBe("stopped");
  });
});

describe("createDeadline", () => {
  it("aborts with its reason when the time is up", async () => {
    const clock = new FakeClock();
    using deadline = createDeadline(clock, 1_000, new AbortController().signal, late);

    await clock.advance(999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);

    expect(deadline.signal.reason).toBe(late);
  });

  it("aborts with its parent's reason, also when that has aborted before", () => {
    const parent = new AbortController();
    using before = createDeadline(new FakeClock(), 1_000, parent.signal, late);

    parent.abort("stop");
    using after = createDeadline(new FakeClock(), 1_000, parent.signal, late);

    expect([before.signal.reason, after.signal.reason]).toEqual(["stop", "stop"]);
  });

  it("leaves nothing behind when it is disposed: no timer, and no listener on a parent that lives on", () => {
    const clock = new FakeClock();
    const parent = new AbortController();

    for (let run = 0; run < 100; run++) {
      using deadline = createDeadline(clock, 1_000, parent.signal, late);
      deadline.signal.addEventListener("abort", () => undefined);
    }

    expect(getEventListeners(parent.signal, "abort")).toEqual([]);
    expect(clock.sleeperCount).toBe(0);
  });
});
