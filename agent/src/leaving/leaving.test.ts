/** When the machine is made to wait, and for whom: a host with programs that a test plays, in time that it moves. */
import { GoodbyeReason } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { AttendOptions, OpenedHost } from "../host/host.ts";
import { createFakeHost } from "../test-support/fake-host.ts";
import { createSilentLogger, type SilentLogger } from "../test-support/silent-logger.ts";
import { createLeaving, type Leaving } from "./leaving.ts";

interface Scene extends AsyncDisposable {
  readonly leaving: Leaving;
  readonly clock: FakeClock;
  readonly logger: SilentLogger;
  /** Programs in the order in which they were started. */
  readonly started: readonly string[];
  readonly isLocked: boolean;
  /** logind says so. */
  say(member: string, isBeginning: boolean): void;
  /** busctl ends by itself. */
  endListening(): void;
}

function open({ isRoot = true, mayListen = true } = {}): Scene {
  const clock = new FakeClock();
  const logger = createSilentLogger();
  const started: string[] = [];
  let listener: AttendOptions | undefined;
  let endListening = (): void => undefined;
  let isLocked = false;
  const attend: OpenedHost["attend"] = async (command, _, options) => {
    started.push(command);
    const refused = new AppError("HOST_COMMAND_FAILED", `${command} ended by itself`);
    if (command === "busctl" && !mayListen) throw refused;
    if (command === "busctl") listener = options;
    else isLocked = true;
    await new Promise<void>((resolve, reject) => {
      if (command === "busctl") endListening = () => reject(refused);
      if (options.signal.aborted) resolve();
      options.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    if (command !== "busctl") isLocked = false;
  };
  const host: OpenedHost = {
    ...createFakeHost(clock),
    isLive: true,
    list: async () => ["system_bus_socket"],
    run: async (command) => {
      started.push(command);
      return { exitCode: 0, stdout: "12 reboot.target start waiting\n", stderr: "" };
    },
    abandonedChildCount: () => 0,
    attend,
  };
  const leaving = createLeaving({ host, clock, random: () => 0.5, logger, isRoot, onReturn: () => undefined });
  const stop = new AbortController();
  const running = leaving.run(stop.signal);
  return {
    ...{ leaving, clock, logger, started },
    get isLocked() {
      return isLocked;
    },
    say: (member, isBeginning) => listener?.onLine(JSON.stringify({ type: "signal", member, payload: { data: [isBeginning] } })),
    endListening: () => endListening(),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

describe("the lock that delays a shutdown", () => {
  it("is held once somebody listens, and not while nobody would hear of a sleep", async () => {
    await using scene = open();
    await scene.clock.advance(500);
    expect(scene.started).toEqual(["busctl"]);
    await scene.clock.advance(600);
    expect(scene.isLocked).toBe(true);

    scene.endListening();
    await scene.clock.advance(100);

    expect(scene.isLocked).toBe(false);
    await scene.clock.advance(60_000);
    expect(scene.isLocked).toBe(true);
  });

  it("is not asked for where nobody may listen, which is said once and tried more and more seldom", async () => {
    await using scene = open({ mayListen: false });

    await scene.clock.advance(3_600_000);

    expect(new Set(scene.started)).toEqual(new Set(["busctl"]));
    expect(scene.started.length).toBeLessThan(25);
    expect(scene.logger.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  it("is nobody's but root's", async () => {
    await using scene = open({ isRoot: false });

    await scene.clock.advance(60_000);

    expect(scene.started).toEqual([]);
    expect(scene.logger.lines).toEqual([]);
  });

  it("is given back when a reporter has said goodbye, and not by one that says so while the machine stays", async () => {
    await using scene = open();
    await scene.clock.advance(2_000);

    for (let count = 0; count < 100; count++) scene.leaving.departed();
    await scene.clock.advance(100);
    expect(scene.started).toEqual(["busctl", "systemd-inhibit"]);
    expect(scene.isLocked).toBe(true);

    scene.say("PrepareForSleep", true);
    scene.leaving.told();
    scene.leaving.departed();
    await scene.clock.advance(100);
    expect(scene.isLocked).toBe(false);
    scene.say("PrepareForSleep", false);
    await scene.clock.advance(100);
    expect(scene.isLocked).toBe(true);
  });

  it.each([
    { name: "does not listen", isTold: false, withinMs: 700 },
    { name: "listens and never says goodbye", isTold: true, withinMs: 4_200 },
  ])("is given back for a reporter that $name", async ({ isTold, withinMs }) => {
    await using scene = open();
    await scene.clock.advance(2_000);

    scene.say("PrepareForSleep", true);
    if (isTold) scene.leaving.told();
    await scene.clock.advance(withinMs - 10);
    expect(scene.isLocked).toBe(true);
    await scene.clock.advance(20);

    expect(scene.isLocked).toBe(false);
  });
});

describe("the reason of a stop", () => {
  it("is looked for once, however often a reporter asks", async () => {
    await using scene = open();
    const signal = new AbortController().signal;

    const reasons = await Promise.all(Array.from({ length: 50 }, () => scene.leaving.stopReason(signal)));

    expect(new Set(reasons)).toEqual(new Set([GoodbyeReason.REBOOT]));
    expect(scene.started.filter((program) => program === "systemctl")).toHaveLength(1);
    await scene.clock.advance(2_000);
    await scene.leaving.stopReason(signal);
    expect(scene.started.filter((program) => program === "systemctl")).toHaveLength(2);
  });
});
