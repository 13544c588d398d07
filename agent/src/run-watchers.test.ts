import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createWatcherKeeper, type WatcherKeeper } from "./run-watchers.ts";
import { createFakeHost } from "./test-support/fake-host.ts";
import { createSilentLogger } from "./test-support/silent-logger.ts";
import type { Watcher, WatcherContext } from "./watcher.ts";

interface Trial extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly keeper: WatcherKeeper;
  readonly triggered: string[];
  readonly warnings: () => number;
}

function keep(watch: Watcher["watch"]): Trial {
  const clock = new FakeClock();
  const logger = createSilentLogger();
  const triggered: string[] = [];
  const keeper = createWatcherKeeper({
    watchers: [{ name: "kernel-log", title: "the kernel's log", watch }],
    host: createFakeHost(clock),
    clock,
    random: () => 0.5,
    logger,
    trigger: (probes) => void triggered.push(...probes),
  });
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  return {
    clock,
    keeper,
    triggered,
    warnings: () => logger.lines.filter((line) => line.level === "warn").length,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

describe("createWatcherKeeper", () => {
  it("lets a watcher trigger probes", async () => {
    await using trial = keep(async ({ trigger, clock, signal }: WatcherContext) => {
      trigger(["disks"], "a disk came");
      await clock.sleep(1e9, signal);
    });
    await trial.clock.advance(1);

    expect(trial.triggered).toEqual(["disks"]);
    expect(trial.keeper.failed().size).toBe(0);
  });

  it("starts a watcher that fails again, later and later, and names it with the reason", async () => {
    let starts = 0;
    await using trial = keep(async () => {
      starts++;
      throw new AppError("HOST_PERMISSION_DENIED", "cannot read /dev/kmsg: permission denied");
    });

    await trial.clock.advance(0);
    expect(starts).toBe(1);
    await trial.clock.advance(999);
    expect(starts).toBe(1);
    await trial.clock.advance(1);
    expect(starts).toBe(2);
    await trial.clock.advance(3_999);
    expect(starts).toBe(2);
    await trial.clock.advance(1);
    expect(starts).toBe(3);

    expect([...trial.keeper.failed()].map(([name, error]) => `${name}: ${error.message}`)).toEqual([
      "kernel-log: cannot read /dev/kmsg: permission denied",
    ]);
    expect(trial.warnings()).toBe(3);
  });

  it("takes a watcher for well again once it has lasted a minute, and begins with short delays after that", async () => {
    let starts = 0;
    await using trial = keep(async ({ clock, signal }: WatcherContext) => {
      starts++;
      if (starts === 3) await clock.sleep(70_000, signal);
      throw new AppError("HOST_READ_FAILED", "EIO");
    });
    await trial.clock.advance(5_000);
    expect(starts).toBe(3);
    expect(trial.keeper.failed().size).toBe(1);

    await trial.clock.advance(60_000);
    expect(trial.keeper.failed().size).toBe(0);
    await trial.clock.advance(11_000);

    expect(starts).toBe(4);
  });

  it("counts a watcher that just ends as failed", async () => {
    await using trial = keep(async () => undefined);
    await trial.clock.advance(1);

    expect(trial.keeper.failed().get("kernel-log")?.message).toBe("it ended without a reason");
  });
});
