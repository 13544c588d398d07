import { describe, expect, it } from "vitest";
import { createNotifier } from "./notifier.ts";
import { FakeClock } from "./test-support/fake-clock.ts";

const never = new AbortController().signal;

describe("createNotifier", () => {
  it("wakes everybody who waits", async () => {
    const clock = new FakeClock();
    const notifier = createNotifier(clock);
    const waiting = Promise.all([notifier.wait(1_000, never), notifier.wait(2_000, never)]);

    notifier.notify();

    expect(await waiting).toEqual([true, true]);
    expect(clock.sleeperCount).toBe(0);
  });

  it("says so when the time is up", async () => {
    const clock = new FakeClock();
    const waiting = createNotifier(clock).wait(1_000, never);

    await clock.advance(1_000);

    expect(await waiting).toBe(false);
  });

  it("keeps no notification for later", async () => {
    const clock = new FakeClock();
    const notifier = createNotifier(clock);

    notifier.notify();
    const waiting = notifier.wait(1_000, never);
    await clock.advance(1_000);

    expect(await waiting).toBe(false);
  });

  it("rejects when the signal aborts, before or while waiting", async () => {
    const clock = new FakeClock();
    const notifier = createNotifier(clock);
    const controller = new AbortController();
    const waiting = notifier.wait(1_000, controller.signal);

    controller.abort();

    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await expect(notifier.wait(1_000, controller.signal)).rejects.toMatchObject({ name: "AbortError" });
    expect(clock.sleeperCount).toBe(0);
  });
});
