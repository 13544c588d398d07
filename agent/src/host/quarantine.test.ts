import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { beforeEach, describe, expect, it } from "vitest";
import { createQuarantine, longRestMs, type Patience, type Quarantine } from "./quarantine.ts";

const twice: Patience = { baseMs: 60_000, maximumMs: 60_000, maximumHangs: 2 };
const hourMs = 3_600_000;

let clock: FakeClock;
let quarantine: Quarantine;

beforeEach(() => {
  clock = new FakeClock();
  quarantine = createQuarantine(clock, () => 0.5);
});

function hang(subject: string): void {
  quarantine.begun(subject);
  quarantine.hung(subject, twice);
  quarantine.givenUp(subject, Promise.resolve());
}

function answer(subject: string): void {
  quarantine.begun(subject);
  quarantine.answered(subject);
}

function verdict(subject: string): string {
  try {
    quarantine.check(subject, "ask it");
    return "free";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : "";
  }
}

describe("feature 36: a device that hangs is left alone", () => {
  it("for a minute after the first time, for a day after the second in a row, and again after the next", async () => {
    hang("sda");
    await settle();
    expect(verdict("sda")).toBe("did not ask it: it hung once and is left alone for 60 s more");
    await clock.advance(60_000);
    expect(verdict("sda")).toBe("free");

    hang("sda");
    await settle();
    await clock.advance(23 * hourMs);
    expect(verdict("sda")).toBe("did not ask it: it hung 2 times in a row and is left alone for 3600 s more");
    await clock.advance(hourMs);
    expect(verdict("sda")).toBe("free");

    hang("sda");
    await settle();
    expect(verdict("sda")).toContain("it hung 3 times in a row and is left alone for 86400 s more");
    expect(verdict("sdb")).toBe("free");
  });

  it("but not for a hang that it has made good since", async () => {
    hang("sda");
    await clock.advance(60_000);
    answer("sda");
    hang("sda");
    await settle();

    expect(verdict("sda")).toContain("it hung once");
  });

  it("for longer each time and never a day, where no limit is set", async () => {
    for (let time = 1; time <= 30; time++) quarantine.hung("mount", { baseMs: 60_000, maximumMs: 6 * hourMs });

    expect(verdict("mount")).toContain(`left alone for ${(6 * hourMs) / 1000} s more`);
  });

  it("while a call that was given up has not ended, however long", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    quarantine.begun("sda");
    quarantine.hung("sda", twice);
    quarantine.givenUp("sda", promise);

    await clock.advance(10 * longRestMs);
    answer("sdb");
    expect(verdict("sda")).toBe("did not ask it: an earlier call has not ended yet");
    resolve();
    await settle();
    expect(verdict("sda")).toBe("free");
  });

  it("forgets names that come and go", async () => {
    for (let name = 0; name < 1_000; name++) {
      answer(`fine ${name}`);
      hang(`hung ${name}`);
      await clock.advance(hourMs);
    }

    expect(quarantine.size()).toBeLessThan(8 * 24);
  });
});

describe("feature 36: a USB device that was reset when it was asked is left alone for a day", () => {
  it.each([
    { name: "while the call runs", endAfterMs: undefined, resetAfterMs: 30_000, agoMs: 0, isOurs: true },
    { name: "5 s after it ended", endAfterMs: 1_000, resetAfterMs: 6_000, agoMs: 0, isOurs: true },
    { name: "told later than it happened", endAfterMs: 1_000, resetAfterMs: 60_000, agoMs: 55_000, isOurs: true },
    { name: "longer after it ended", endAfterMs: 1_000, resetAfterMs: 6_001, agoMs: 0, isOurs: false },
    { name: "before it was asked", endAfterMs: undefined, resetAfterMs: 1_000, agoMs: 2_000, isOurs: false },
  ])("if the reset is $name: $isOurs", async ({ endAfterMs, resetAfterMs, agoMs, isOurs }) => {
    await clock.advance(10_000);
    quarantine.begun("usb 2-1");
    await clock.advance(endAfterMs ?? 0);
    if (endAfterMs !== undefined) quarantine.answered("usb 2-1");
    await clock.advance(resetAfterMs - (endAfterMs ?? 0));

    quarantine.resetSeen("usb 2-1", agoMs);

    expect(verdict("usb 2-1")).toBe(
      isOurs ? "did not ask it: it was reset by the kernel when it was asked and is left alone for 86400 s more" : "free",
    );
    expect(verdict("usb 2-2")).toBe("free");
  });

  it("stays so when the call that was reset still ends well", () => {
    quarantine.begun("usb 2-1");
    quarantine.resetSeen("usb 2-1", 0);

    quarantine.answered("usb 2-1");

    expect(verdict("usb 2-1")).toContain("left alone for 86400 s more");
  });

  it("cares for no device that it never asked", () => {
    quarantine.resetSeen("usb 9-9", 0);

    expect(quarantine.size()).toBe(0);
  });
});
