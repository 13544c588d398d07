import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createPoolGuard, type PoolGuard } from "./pool-guard.ts";

const limitMs = 5_000;

/** A call that a test answers. */
function openCall(
  guard: PoolGuard,
  subject: string,
): { readonly result: Promise<string>; answer(text: string): void; started(): boolean } {
  let resolve: ((text: string) => void) | undefined;
  const result = guard.call({
    subject,
    what: `read ${subject}`,
    start: () => new Promise<string>((give) => (resolve = give)),
  });
  result.catch(() => undefined);
  return { result, answer: (text) => resolve?.(text), started: () => resolve !== undefined };
}

describe("createPoolGuard", () => {
  it("gives up a call that hangs, and refuses its subject until it comes back", async () => {
    const clock = new FakeClock();
    const guard = createPoolGuard({ clock, limitMs });
    const hanging = openCall(guard, "hwmon0");

    await clock.advance(limitMs * 1.2);

    await expect(hanging.result).rejects.toMatchObject({
      code: "HOST_READ_FAILED",
      message: "cannot read hwmon0: no answer within 5 s",
    });
    await expect(openCall(guard, "hwmon0").result).rejects.toMatchObject({ code: "HOST_QUARANTINED" });
    hanging.answer("at last");
    await settle();
    const again = openCall(guard, "hwmon0");
    await settle();
    again.answer("42");
    await expect(again.result).resolves.toBe("42");
  });

  it("lets other subjects through while one hangs", async () => {
    const clock = new FakeClock();
    const guard = createPoolGuard({ clock, limitMs });
    openCall(guard, "hwmon0");
    await clock.advance(limitMs * 1.2);

    const other = openCall(guard, "hwmon1");
    await settle();
    other.answer("7");

    await expect(other.result).resolves.toBe("7");
  });

  it("asks one subject one question at a time", async () => {
    const guard = createPoolGuard({ clock: new FakeClock(), limitMs });
    const first = openCall(guard, "hwmon0");
    const second = openCall(guard, "hwmon0");
    await settle();

    expect([first.started(), second.started()]).toEqual([true, false]);

    first.answer("1");
    await settle();
    second.answer("2");
    await expect(Promise.all([first.result, second.result])).resolves.toEqual(["1", "2"]);
  });

  it("keeps a thread free: with every slot taken by calls that hang nothing more is started", async () => {
    const clock = new FakeClock();
    const guard = createPoolGuard({ clock, limitMs, slots: 2 });
    const all = ["a", "b"].map((subject) => openCall(guard, subject));
    await clock.advance(limitMs * 1.2);

    const refused = openCall(guard, "c");

    await expect(refused.result).rejects.toMatchObject({
      code: "HOST_QUARANTINED",
      message: "did not read c: 2 calls hang elsewhere",
    });
    expect(refused.started()).toBe(false);
    all[0]?.answer("");
    await settle();
    const free = openCall(guard, "c");
    await settle();
    expect(free.started()).toBe(true);
  });

  it("lets nobody wait for a slot once every one is taken by a call that hangs", async () => {
    const clock = new FakeClock();
    const guard = createPoolGuard({ clock, limitMs, slots: 2 });
    const [first] = ["a", "b"].map((subject) => openCall(guard, subject));
    const waiting = openCall(guard, "c");
    await clock.advance(limitMs * 1.2);

    await expect(waiting.result).rejects.toMatchObject({
      code: "HOST_QUARANTINED",
      message: "did not read c: 2 calls hang elsewhere",
    });
    first?.answer("");
    await settle();
    const later = openCall(guard, "c");
    await settle();
    expect([waiting.started(), later.started()]).toEqual([false, true]);
  });

  it("stops its timer when nothing is asked any more", async () => {
    const clock = new FakeClock();
    const guard = createPoolGuard({ clock, limitMs });
    const call = openCall(guard, "a");
    await settle();
    call.answer("");
    await call.result;

    await clock.advance(limitMs);

    expect(clock.sleeperCount).toBe(0);
  });
});
