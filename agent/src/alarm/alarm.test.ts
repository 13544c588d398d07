import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { createAlarm, turnMs } from "./alarm.ts";
import { openAlarmMemory } from "./alarm-memory.ts";
import type { Messenger, Word } from "./messenger.ts";
import { isInNetwork } from "./own-network.ts";

const minuteMs = 60_000;
const silentLogger = createSilentLogger();
const dayMs = 24 * 60 * minuteMs;

/** A topic that all machines of a test share. */
function aTopic(clock: FakeClock) {
  const words: { readonly word: Word; readonly node: string; readonly text: string; readonly atMs: number }[] = [];
  const topic = {
    words,
    isDown: false,
    told: () => words.map(({ word, node }) => `${word} by ${node}`),
    messenger(remembers = true): Messenger {
      const check = (): void => {
        if (topic.isDown) throw new Error("it is down");
      };
      return {
        async tell(word, { node, text }) {
          check();
          words.push({ word, node, text, atMs: clock.wallMs() });
        },
        async toldAtMs(word, sinceMs) {
          check();
          return remembers ? words.findLast((each) => each.word === word && each.atMs >= sinceMs)?.atMs : undefined;
        },
      };
    },
  };
  return topic;
}

let folder: Awaited<ReturnType<typeof createTempDirectory>>;
let stop: AbortController;
let clock: FakeClock;

beforeEach(async () => {
  folder = await createTempDirectory();
  stop = new AbortController();
  clock = new FakeClock();
});
afterEach(async () => {
  stop.abort();
  await folder[Symbol.asyncDispose]();
});

/** A machine whose stream a test opens and breaks. */
function aMachine(node: string, messenger: Messenger, more: { readonly rank?: number; readonly random?: number } = {}) {
  const machine = {
    isConnected: false,
    isCollectorMissing: true,
    sinceMs: clock.monotonicMs(),
    isInNetwork: true,
    stop: new AbortController(),
  };
  const set = (isConnected: boolean): void => {
    machine.isConnected = isConnected;
    machine.sinceMs = clock.monotonicMs();
  };
  stop.signal.addEventListener("abort", () => machine.stop.abort());
  const alarm = createAlarm({
    status: () => ({ ...machine, problem: "connect ECONNREFUSED" }),
    messenger,
    memory: openAlarmMemory(join(folder.path, `${node}.json`), silentLogger),
    isInNetwork: () => machine.isInNetwork,
    ...{ node, clock, logger: silentLogger, afterMs: 5 * minuteMs, rank: more.rank, random: () => more.random ?? 0.5 },
  });
  void alarm.run(machine.stop.signal);
  return Object.assign(machine, { connect: () => set(true), disconnect: () => set(false) });
}

describe("an alarm", () => {
  it("tells once when no collector is heard for five minutes, and once when it is back for as long", async () => {
    const topic = aTopic(clock);
    const siberian = aMachine("siberian", topic.messenger(), { rank: 0 });

    await clock.advance(5 * minuteMs - 1_000);
    expect(topic.told()).toEqual([]);
    await clock.advance(minuteMs);
    expect(topic.told()).toEqual(["gone by siberian"]);
    expect(topic.words[0]?.text).toBe("No collector of nodekeeper has been heard by siberian for 5m: connect ECONNREFUSED");
    await clock.advance(60 * minuteMs);
    expect(topic.words).toHaveLength(1);

    siberian.connect();
    await clock.advance(4 * minuteMs);
    expect(topic.words).toHaveLength(1);
    await clock.advance(2 * minuteMs);
    expect(topic.told()).toEqual(["gone by siberian", "back by siberian"]);
    await clock.advance(60 * minuteMs);
    expect(topic.words).toHaveLength(2);
  });

  it("does not tell an outage twice in which a collector came for a moment, and tells a new one", async () => {
    const topic = aTopic(clock);
    const siberian = aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(6 * minuteMs);
    for (let round = 0; round < 3; round += 1) {
      siberian.connect();
      await clock.advance(2 * minuteMs);
      siberian.disconnect();
      await clock.advance(20 * minuteMs);
    }
    expect(topic.told()).toEqual(["gone by siberian"]);

    siberian.connect();
    await clock.advance(60 * minuteMs);
    siberian.disconnect();
    await clock.advance(6 * minuteMs);

    expect(topic.told()).toEqual(["gone by siberian", "back by siberian", "gone by siberian"]);
  });

  it("tells an outage again after a day, and not earlier", async () => {
    const topic = aTopic(clock);
    aMachine("siberian", topic.messenger(), { rank: 0 });

    await clock.advance(dayMs);
    expect(topic.words).toHaveLength(1);
    await clock.advance(10 * minuteMs);

    expect(topic.words).toHaveLength(2);
  });

  it("tells an outage that begins minutes after the one before it was over", async () => {
    const topic = aTopic(clock);
    const machines = ["siberian", "neko"].map((node, rank) => aMachine(node, topic.messenger(), { rank }));
    for (const lastsMinutes of [6, 6]) {
      await clock.advance(lastsMinutes * minuteMs);
      for (const machine of machines) machine.connect();
      await clock.advance(6 * minuteMs);
      for (const machine of machines) machine.disconnect();
    }

    expect(topic.told()).toEqual(["gone by siberian", "back by siberian", "gone by siberian", "back by siberian"]);
  });

  it("tells though it remembers a time that is not yet, since its clock was wrong", async () => {
    writeFileSync(join(folder.path, "siberian.json"), JSON.stringify({ atMs: clock.wallMs() + 365 * dayMs, isOurs: true }));
    const topic = aTopic(clock);
    aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(60 * minuteMs);

    expect(topic.told()).toEqual(["gone by siberian"]);
  });

  it("lets siberian tell first, and all others hold back", async () => {
    const topic = aTopic(clock);
    const machines = [
      aMachine("neko", topic.messenger(), { random: 0 }),
      aMachine("siberian", topic.messenger(), { rank: 0 }),
      aMachine("bobcat", topic.messenger(), { random: 0.9 }),
    ];

    await clock.advance(3 * 60 * minuteMs);
    expect(topic.told()).toEqual(["gone by siberian"]);

    for (const machine of machines) machine.connect();
    await clock.advance(60 * minuteMs);
    expect(topic.told()).toEqual(["gone by siberian", "back by siberian"]);
  });

  it("lets the next one tell where siberian sleeps, and another one end it where that one sleeps by then", async () => {
    const topic = aTopic(clock);
    const neko = aMachine("neko", topic.messenger(), { random: 0.1 });
    const bobcat = aMachine("bobcat", topic.messenger(), { random: 0.9 });

    await clock.advance(60 * minuteMs);
    expect(topic.told()).toEqual(["gone by neko"]);
    neko.stop.abort();
    bobcat.connect();
    await clock.advance(60 * minuteMs);

    expect(topic.told()).toEqual(["gone by neko", "back by bobcat"]);
  });

  it("tells by its rank alone where nobody remembers what was told", async () => {
    const topic = aTopic(clock);
    aMachine("bobcat", topic.messenger(false), { rank: 2 });

    await clock.advance(5 * minuteMs + 2 * turnMs - 15_000);
    expect(topic.words).toEqual([]);
    await clock.advance(minuteMs);

    expect(topic.told()).toEqual(["gone by bobcat"]);
  });

  it("tells nobody while its machine is in no network, and does once it is in one again", async () => {
    const topic = aTopic(clock);
    const siberian = aMachine("siberian", topic.messenger(), { rank: 0 });
    siberian.isInNetwork = false;
    await clock.advance(60 * minuteMs);
    expect(topic.words).toEqual([]);

    siberian.isInNetwork = true;
    await clock.advance(minuteMs);

    expect(topic.told()).toEqual(["gone by siberian"]);
  });

  it("tells nobody of a collector that is there and refuses it", async () => {
    const topic = aTopic(clock);
    aMachine("siberian", topic.messenger(), { rank: 0 }).isCollectorMissing = false;

    await clock.advance(60 * minuteMs);

    expect(topic.words).toEqual([]);
  });

  it("tries again while it cannot tell", async () => {
    const topic = aTopic(clock);
    topic.isDown = true;
    aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(30 * minuteMs);

    topic.isDown = false;
    await clock.advance(2 * minuteMs);

    expect(topic.told()).toEqual(["gone by siberian"]);
  });

  it("remembers over a restart of the agent that it has told, and ends it then", async () => {
    const topic = aTopic(clock);
    aMachine("siberian", topic.messenger(), { rank: 0 }).stop.abort();
    const first = aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(6 * minuteMs);
    expect(topic.words).toHaveLength(1);
    first.stop.abort();

    const second = aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(60 * minuteMs);
    expect(topic.words).toHaveLength(1);
    second.connect();
    await clock.advance(10 * minuteMs);

    expect(topic.told()).toEqual(["gone by siberian", "back by siberian"]);
    expect(() => readFileSync(join(folder.path, "siberian.json"))).toThrow(/ENOENT/);
  });

  it("tells as if nobody was told where its memory is damaged or cannot be kept", async () => {
    writeFileSync(join(folder.path, "siberian.json"), '{"atMs":');
    const topic = aTopic(clock);
    aMachine("siberian", topic.messenger(), { rank: 0 });
    await clock.advance(6 * minuteMs);
    expect(topic.words).toHaveLength(1);

    const nowhere = openAlarmMemory(join(folder.path, "siberian.json/alarm.json"), silentLogger);
    nowhere.remember({ atMs: 1, isOurs: true });
    expect(nowhere.told).toEqual({ atMs: 1, isOurs: true });
  });
});

describe("isInNetwork", () => {
  const header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const nothing = { routes: header, routes6: "", addresses: [] };

  it.each([
    ["a gateway", { ...nothing, routes: `${header}eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n` }, true],
    [
      "only its own net",
      { ...nothing, routes: `${header}eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n` },
      false,
    ],
    ["a gateway of IPv6", { ...nothing, routes6: v6("00000003", "00000000000000000000000000000000 00") }, true],
    ["a default route that rejects", { ...nothing, routes6: v6("00200200", "00000000000000000000000000000000 00") }, false],
    ["an address of the tailnet", { ...nothing, addresses: ["fe80::1", "100.101.102.103"] }, true],
    ["a plain address", { ...nothing, addresses: ["192.168.1.5"] }, false],
    ["nothing that can be read", { routes: "", routes6: "", addresses: [] }, false],
  ])("with %s", (_what, facts, expected) => {
    expect(isInNetwork(facts)).toBe(expected);
  });
});

function v6(flags: string, destination: string): string {
  return `${destination} 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 ${flags} eth0\n`;
}
