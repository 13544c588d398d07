import { create } from "@bufbuild/protobuf";
import { Outcome, SetIntervalsSchema } from "@nodekeeper/proto";
import { AppError, type Logger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import { completeList, okSubject, type Payload } from "./payload.ts";
import { defineProbe, type Probe } from "./probe.ts";
import { TreeHost } from "./probes/test-support/tree-host.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import type { NewObservation } from "./spool/spool.ts";
import { createSilentLogger } from "./test-support/silent-logger.ts";

const payload: Payload = {
  subjects: [okSubject("sensor", "b", { chip: "b" }), okSubject("sensor", "a", { chip: "a" })],
  lists: [completeList("sensor")],
  samples: [
    { kind: "sensor", id: "b", name: "temperature_celsius", value: 40 },
    { kind: "sensor", id: "a", name: "temperature_celsius", value: undefined },
  ],
};

function probe(parts: Partial<Probe>): Probe {
  return defineProbe({
    name: "example",
    title: "an example",
    intervalMs: 60_000,
    minimumIntervalMs: 30_000,
    maximumIntervalMs: 120_000,
    timeoutMs: 10_000,
    needs: { paths: [], commands: [], root: false },
    read: async () => undefined,
    parse: () => payload,
    ...parts,
  });
}

interface Trial {
  readonly scheduler: Scheduler;
  readonly clock: FakeClock;
  readonly appended: NewObservation[];
  of(name: string): readonly NewObservation[];
  stop(): Promise<void>;
}

const trials: Trial[] = [];

/** A running scheduler in which jitter is nothing: random 0.5 is the middle. */
function aTrial(
  probes: readonly Probe[],
  overrides: ReadonlyMap<string, number> = new Map(),
  logger: Logger = createSilentLogger(),
): Trial {
  const clock = new FakeClock();
  const appended: NewObservation[] = [];
  const stopping = new AbortController();
  const host = new TreeHost();
  const scheduler = createScheduler({
    probes,
    host,
    clock,
    random: () => 0.5,
    logger,
    spool: { append: (observation) => void appended.push(observation) },
    intervalOverridesMs: overrides,
  });
  const running = scheduler.run(stopping.signal);
  const trial: Trial = {
    scheduler,
    clock,
    appended,
    of: (name) => appended.filter((observation) => observation.probe === name),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  trials.push(trial);
  return trial;
}

describe("createScheduler", () => {
  afterEach(async () => {
    for (const trial of trials.splice(0)) {
      await trial.stop();
      expect(trial.clock.sleeperCount).toBe(0);
    }
  });

  it("runs every probe at once at the start, and then from start to start at its interval", async () => {
    const { clock, of } = aTrial([probe({ name: "one" }), probe({ name: "two", intervalMs: 90_000 })]);

    await clock.advance(1_000);
    expect([of("one").length, of("two").length]).toEqual([1, 1]);

    await clock.advance(358_000);
    expect([of("one").length, of("two").length]).toEqual([6, 4]);
  });

  it("makes the observation: outcome, interval, facts in a canonical order with their hash, samples in the order of their keys", async () => {
    const { clock, appended } = aTrial([probe({})]);

    await clock.advance(1_000);

    const [observation] = appended;
    const facts = observation?.body.case === "full" ? observation.body.value : undefined;
    expect(observation).toMatchObject({ probe: "example", outcome: Outcome.OK, intervalMs: 60_000, isFromEarlierBoot: false });
    expect(observation?.factsHash).toHaveLength(16);
    expect(facts?.subjects.map((subject) => subject.id)).toEqual(["a", "b"]);
    expect(facts?.sampleKeys.map((key) => key.id)).toEqual(["a", "b"]);
    expect(observation?.sampleValues).toEqual([Number.NaN, 40]);
  });

  it("gives equal facts equal hashes in whatever order they were found, and other facts another", async () => {
    const payloads = [
      payload,
      { ...payload, subjects: payload.subjects.toReversed(), samples: payload.samples.toReversed() },
      { ...payload, lists: [] },
    ];
    let run = 0;
    const { clock, appended } = aTrial([probe({ parse: () => payloads[run++] })]);

    await clock.advance(121_000);

    const [first, second, third] = appended.map((observation) => Buffer.from(observation.factsHash).toString("hex"));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("tells absent from failed, and lets one probe's failure disturb no other", async () => {
    const broken = probe({
      name: "broken",
      parse: () => {
        throw new TypeError("a bug in a parser");
      },
    });
    const refused = probe({ name: "refused", read: () => Promise.reject(new AppError("HOST_PERMISSION_DENIED", "not root")) });
    const { clock, of } = aTrial([broken, refused, probe({ name: "none", parse: () => undefined }), probe({ name: "good" })]);

    await clock.advance(60_500);

    expect(of("none").map((observation) => observation.outcome)).toEqual([Outcome.ABSENT, Outcome.ABSENT]);
    expect(of("refused")[0]).toMatchObject({
      outcome: Outcome.FAILED,
      failure: { code: "HOST_PERMISSION_DENIED", message: "not root" },
    });
    expect(of("broken")[0]).toMatchObject({ outcome: Outcome.FAILED, failure: { code: "INTERNAL" } });
    expect(of("good")).toHaveLength(2);
  });

  it("ends a run at its timeout, does not start the probe again while that run hangs, and goes on when it has ended", async () => {
    const hanging = Promise.withResolvers<undefined>();
    let starts = 0;
    const stuck = probe({
      name: "stuck",
      read: () => {
        starts += 1;
        return starts === 1 ? hanging.promise : Promise.resolve(undefined);
      },
    });
    const { clock, of, scheduler } = aTrial([stuck, probe({ name: "good" })]);

    await clock.advance(181_000);
    expect(starts).toBe(1);
    expect(of("stuck").map((observation) => observation.failure?.code)).toEqual(Array(4).fill("PROBE_TIMEOUT"));
    expect(of("stuck")[0]?.failure?.message).toContain("did not end within 10 s");
    expect(of("stuck")[1]?.failure?.message).toContain("still hangs");
    expect(of("good")).toHaveLength(4);
    expect(scheduler.status().find((status) => status.name === "stuck")).toMatchObject({ isHanging: true, failureCount: 4 });

    hanging.resolve(undefined);
    await clock.advance(60_000);
    expect(starts).toBe(2);
    expect(of("stuck").at(-1)?.outcome).toBe(Outcome.OK);
  });

  it("never overlaps runs of a probe that takes longer than its interval", async () => {
    let running = 0;
    let most = 0;
    const clockOf: { clock?: FakeClock } = {};
    const slow = probe({
      intervalMs: 30_000,
      timeoutMs: 100_000,
      read: async (_, signal) => {
        running += 1;
        most = Math.max(most, running);
        await clockOf.clock?.sleep(45_000, signal);
        running -= 1;
      },
    });
    const { clock, appended } = aTrial([slow]);
    clockOf.clock = clock;

    await clock.advance(200_000);

    expect(most).toBe(1);
    expect(appended.length).toBe(4);
    expect(appended[0]?.durationMs).toBe(45_000);
  });

  it("takes the collector's intervals within the probe's bounds, ignores an older wish, and lets the command line win", async () => {
    const { clock, scheduler, of } = aTrial([probe({ name: "free" }), probe({ name: "fixed" })], new Map([["fixed", 5_000]]));
    const wish = (revision: bigint, intervalMs: number) =>
      scheduler.setIntervals(
        create(SetIntervalsSchema, {
          revision,
          intervals: [
            { probe: "free", intervalMs },
            { probe: "fixed", intervalMs },
          ],
        }),
      );
    const intervals = () => scheduler.describe().map((description) => description.intervalMs);

    await clock.advance(1_000);
    wish(2n, 1);
    expect(intervals()).toEqual([30_000, 5_000]);
    await clock.advance(30_000);
    expect([of("free").length, of("fixed").length]).toEqual([2, 7]);

    wish(1n, 100_000);
    expect(intervals()).toEqual([30_000, 5_000]);
    wish(3n, 999_999_999);
    expect(intervals()).toEqual([120_000, 5_000]);
  });

  it("runs a triggered probe within a second, and many triggers once", async () => {
    const { clock, scheduler, of } = aTrial([probe({ name: "one" }), probe({ name: "two" })]);
    await clock.advance(10_000);

    for (let count = 0; count < 100; count += 1) scheduler.trigger(["one"], "a test");
    await clock.advance(2_000);

    expect([of("one").length, of("two").length]).toEqual([2, 1]);
  });

  it("tells a failure and its end once", async () => {
    const told: string[] = [];
    const note = (_: object, message: string): void => void told.push(message);
    const logger: Logger = { ...createSilentLogger(), info: note, warn: note };
    let run = 0;
    const flaky = probe({
      read: () => {
        run += 1;
        return run < 4 ? Promise.reject(new AppError("HOST_READ_FAILED", "EIO")) : Promise.resolve(undefined);
      },
    });
    const { clock } = aTrial([flaky], new Map(), logger);

    await clock.advance(301_000);

    expect(told).toEqual(["a probe fails", "a probe works again"]);
  });
});
