/** What every SpoolReader does, in memory and over the socket: one suite for both. */
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import {
  GoodbyeReason,
  type ProbeDescription,
  ProbeDescriptionSchema,
  SequenceRangeSchema,
  type SetIntervals,
  SetIntervalsSchema,
} from "@nodekeeper/proto";
import { systemClock, version } from "@nodekeeper/shared";
import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { namesIn, rangesOf, SpoolTrial } from "../test-support/spool-trial.ts";
import { GoingMachine } from "../test-support/staying.ts";
import { createLocalReader, type ProbeControl } from "./local-reader.ts";
import { createSocketReader } from "./socket-reader.ts";
import { serveSpool } from "./socket-server.ts";
import type { ReadOptions, SpoolReader } from "./spool.ts";

const never = new AbortController().signal;

class RecordedControl implements ProbeControl {
  readonly intervals: SetIntervals[] = [];
  readonly triggered: string[] = [];

  describe(): readonly ProbeDescription[] {
    const probe = (name: string): ProbeDescription =>
      create(ProbeDescriptionSchema, { name, intervalMs: 15_000, minimumIntervalMs: 5_000, maximumIntervalMs: 60_000 });
    return [probe("system"), probe("disks")];
  }

  setIntervals(intervals: SetIntervals): void {
    this.intervals.push(intervals);
  }

  trigger(probes: readonly string[]): void {
    this.triggered.push(...probes);
  }
}

interface Subject extends AsyncDisposable {
  readonly trial: SpoolTrial;
  readonly control: RecordedControl;
  readonly watched: string[][];
  readonly machine: GoingMachine;
  readonly reader: SpoolReader;
}

async function inMemory(): Promise<Subject> {
  const trial = await SpoolTrial.create();
  const control = new RecordedControl();
  const identity = { nodeName: "bobcat", machineId: "0123", bootId: "boot-1" };
  const watched: string[][] = [];
  const watchedPeers = { watch: (ids: readonly string[]) => watched.push([...ids]) > 0 };
  const machine = new GoingMachine();
  const reader = createLocalReader({ spool: trial.spool, control, watchedPeers, leaving: machine, identity, clock: trial.clock });
  return { trial, control, watched, machine, reader, [Symbol.asyncDispose]: () => trial[Symbol.asyncDispose]() };
}

async function overTheSocket(): Promise<Subject> {
  const parts = new AsyncDisposableStack();
  const local = parts.use(await inMemory());
  const path = join(local.trial.directory, "..", "socket", "spool.sock");
  const logger = createSilentLogger();
  // The trial's clock stands still between steps; the socket's own patience is not what is tested here.
  parts.use(await serveSpool({ path, reader: local.reader, clock: systemClock, logger }));
  const reader = parts.use(createSocketReader({ path, clock: systemClock, logger, random: Math.random }));
  await reader.describe(never);
  return { ...local, reader, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

function read(reader: SpoolReader, options: Partial<ReadOptions> = {}): ReturnType<SpoolReader["read"]> {
  return reader.read({ isRestart: false, maximumBytes: 64 * 1024, waitMs: 0, signal: never, ...options });
}

describe.each([
  { where: "in memory", open: inMemory },
  { where: "over the socket", open: overTheSocket },
])("a spool reader $where", ({ open }) => {
  it("tells who the agent is", async () => {
    await using subject = await open();

    const description = await subject.reader.describe(never);

    expect(description).toMatchObject({
      agentVersion: version,
      nodeName: "bobcat",
      machineId: "0123",
      bootId: "boot-1",
      epoch: subject.trial.spool.epoch,
      probes: [{ name: "system", intervalMs: 15_000, minimumIntervalMs: 5_000, maximumIntervalMs: 60_000 }, { name: "disks" }],
    });
  });

  it("reads newest state first, with whole facts, samples and both clocks", async () => {
    await using subject = await open();
    subject.trial.append("system", "old", { samples: [1] });
    subject.trial.append("disks", "disk", { samples: [2, Number.NaN] });
    subject.trial.append("system", "new", { samples: [3] });
    await subject.trial.clock.advance(1_000);

    const batch = await read(subject.reader, { isRestart: true });

    expect(namesIn(batch)).toEqual(["new", "disk", "old"]);
    expect(batch.observations.map((each) => each.sampleValues)).toEqual([[3], [2, Number.NaN], [1]]);
    expect(batch.observations.map((each) => each.sequence)).toEqual([3, 2, 1]);
    expect(batch).toMatchObject({ sentAtMs: Date.UTC(2026, 0, 1) + 1_000, sentUptimeMs: 1_000 });
  });

  it("ends its waiting when the machine goes away, says why, and lets it go once the reporter has left", async () => {
    await using subject = await open();
    const { machine, reader } = subject;
    const reading = read(reader, { isRestart: true, waitMs: 60_000 });
    await systemClock.sleep(20, never);

    machine.go(GoodbyeReason.SUSPEND);

    expect((await reading).leaving).toBe(GoodbyeReason.SUSPEND);
    expect(machine.events).toEqual(["told"]);
    const departing = reader.departed(never);
    await systemClock.sleep(20, never);
    expect(machine.events).toEqual(["told", "departed"]);
    machine.stay();
    await departing;
    expect((await read(reader, { isRestart: true })).leaving).toBeUndefined();
  });

  it("says why the agent is stopped", async () => {
    await using subject = await open();
    subject.machine.reason = GoodbyeReason.REBOOT;

    expect(await subject.reader.stopReason(never)).toBe(GoodbyeReason.REBOOT);
  });

  it("gives each observation once in a stream, and again after a restart until it is acknowledged", async () => {
    await using subject = await open();
    subject.trial.append("system", "one");
    subject.trial.append("disks", "two");
    const first = await read(subject.reader, { isRestart: true });

    expect(namesIn(await read(subject.reader))).toEqual([]);
    await subject.reader.acknowledge(rangesOf(first).slice(0, 1));

    expect(namesIn(await read(subject.reader, { isRestart: true }))).toEqual(["one"]);
  });

  it("waits for something to come", async () => {
    await using subject = await open();
    const waiting = read(subject.reader, { isRestart: true, waitMs: 30_000 });
    await systemClock.sleep(30, never);

    subject.trial.append("system", "at last");

    expect(namesIn(await waiting)).toEqual(["at last"]);
  });

  it("ends its waiting when it is interrupted, and reads on", async () => {
    await using subject = await open();
    const interrupt = new AbortController();
    const waiting = read(subject.reader, { isRestart: true, waitMs: 30_000, interrupt: interrupt.signal });
    await systemClock.sleep(30, never);

    interrupt.abort();

    expect(namesIn(await waiting)).toEqual([]);
    subject.trial.append("system", "later");
    expect(namesIn(await read(subject.reader))).toEqual(["later"]);
  });

  it("rejects when its signal aborts, and gives after a restart what may have been under way", async () => {
    await using subject = await open();
    const controller = new AbortController();
    const waiting = read(subject.reader, { isRestart: true, waitMs: 30_000, signal: controller.signal });
    await systemClock.sleep(30, never);

    controller.abort();

    await expect(waiting).rejects.toThrow();
    subject.trial.append("system", "after");
    await subject.reader.describe(never);
    expect(namesIn(await read(subject.reader, { isRestart: true }))).toEqual(["after"]);
  });

  it("keeps to the room, but gives at least one", async () => {
    await using subject = await open();
    for (let index = 0; index < 10; index++) subject.trial.append("system", `${index}`, { samples: new Array(100).fill(1) });

    const batch = await read(subject.reader, { isRestart: true, maximumBytes: 2_048 });

    expect(namesIn(batch)).toEqual(["9", "8"]);
    subject.trial.append("disks", "x".repeat(5_000));
    expect(namesIn(await read(subject.reader, { maximumBytes: 1_024 }))).toHaveLength(1);
  });

  it("repeats losses until they are acknowledged", async () => {
    await using subject = await open();
    subject.trial.append("system", "x");
    subject.trial.append("system", "y");
    await subject.trial.pass(49 * 3_600_000);

    const first = await read(subject.reader, { isRestart: true });
    const again = await read(subject.reader, { isRestart: true });
    await subject.reader.acknowledge(rangesOf(again));
    subject.trial.append("system", "z");

    expect(first.losses).toMatchObject([{ reason: "too_old", observationCount: 1 }]);
    expect(again.losses).toEqual(first.losses);
    expect((await read(subject.reader)).losses).toEqual([]);
  });

  it("ignores acknowledgements of what was never given, and counts them", async () => {
    await using subject = await open();
    subject.trial.append("system", "one");

    await subject.reader.acknowledge([create(SequenceRangeSchema, { first: 1, last: 0xffff_ffff })]);

    expect(subject.trial.spool.status().ignoredAckCount).toBe(0xffff_ffff);
    expect(namesIn(await read(subject.reader, { isRestart: true }))).toEqual(["one"]);
  });

  it("passes intervals on", async () => {
    await using subject = await open();
    const wish = create(SetIntervalsSchema, { revision: 7n, intervals: [{ probe: "disks", intervalMs: 1 }] });

    await subject.reader.setIntervals(wish);

    expect(subject.control.intervals).toEqual([wish]);
  });

  it("passes the peers on that are to be watched, and has them looked at", async () => {
    await using subject = await open();

    await subject.reader.watchPeers(["nNeko11CNTRL", "nPanther11CNTRL"]);
    await subject.reader.watchPeers([]);

    expect(subject.watched).toEqual([["nNeko11CNTRL", "nPanther11CNTRL"], []]);
    expect(subject.control.triggered).toEqual(["tailscale"]);
  });

  it("has a probe run now at most once in three seconds, however often it is asked, and ignores names that it does not know", async () => {
    await using subject = await open();

    for (let time = 0; time < 50; time++) await subject.reader.probeNow(["disks", "nonsense"]);
    expect(subject.control.triggered).toEqual(["disks"]);
    await subject.trial.clock.advance(3_000);
    await subject.reader.probeNow([]);

    expect(subject.control.triggered).toEqual(["disks", "system", "disks"]);
    await settle();
  });
});
