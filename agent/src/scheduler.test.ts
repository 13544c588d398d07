/** The scheduler on simulated time, with tiny probes. */
import { create } from "@bufbuild/protobuf";
import { type Facts, Outcome, ProbeIntervalSchema, type SetIntervals, SetIntervalsSchema, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { absentSubject, completeList, okSubject, type Payload } from "./payload.ts";
import type { Probe } from "./probe.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import type { NewObservation } from "./spool/spool.ts";
import { createFakeHost } from "./test-support/fake-host.ts";
import { createSilentLogger } from "./test-support/silent-logger.ts";

const smallPayload: Payload = { subjects: [okSubject("memory", "", {})], lists: [], samples: [] };

function aProbe(name: string, read: Probe["read"], more: Partial<Probe> = {}): Probe {
  return {
    name,
    title: name,
    intervalMs: 10_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 60_000,
    timeoutMs: 2_000,
    needs: { paths: [], commands: [], root: false },
    read,
    parse: () => smallPayload,
    ...more,
  };
}

/** A scheduler that runs, and what it made. */
class Trial implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly logger = createSilentLogger();
  readonly observations: NewObservation[] = [];
  readonly scheduler: Scheduler;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    probes: readonly Probe[],
    options: { random?: () => number; overrides?: ReadonlyMap<string, number>; inherited?: readonly Subject[] } = {},
  ) {
    const { random = () => 0.5, overrides = new Map(), inherited = [] } = options;
    this.scheduler = createScheduler({
      probes,
      host: createFakeHost(this.clock),
      clock: this.clock,
      random,
      logger: this.logger,
      spool: { append: (observation) => void this.observations.push(observation) },
      intervalOverridesMs: overrides,
      inherited,
    });
    this.#running = this.scheduler.run(this.#stop.signal);
  }

  of(probe: string): readonly NewObservation[] {
    return this.observations.filter((observation) => observation.probe === probe);
  }

  /** When the runs of a probe began, in ms since the start. */
  startsOf(probe: string): readonly number[] {
    return this.of(probe).map((observation) => Number(observation.uptimeMs));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const immediately: Probe["read"] = async () => undefined;

function intervals(revision: bigint, wishes: Readonly<Record<string, number>>): SetIntervals {
  const list = Object.entries(wishes).map(([probe, intervalMs]) => create(ProbeIntervalSchema, { probe, intervalMs }));
  return create(SetIntervalsSchema, { revision, intervals: list });
}

describe("a scheduler", () => {
  it("runs every probe within a second of the start, and then at its interval from start to start", async () => {
    const slow = aProbe("slow", async () => undefined, { intervalMs: 30_000 });
    await using trial = new Trial([aProbe("first", immediately), aProbe("second", immediately), slow]);

    await trial.clock.advance(1_000);
    expect(trial.observations.map((each) => each.probe).sort()).toEqual(["first", "second", "slow"]);
    await trial.clock.advance(34_000);

    expect(trial.startsOf("first")).toEqual([0, 10_000, 20_000, 30_000]);
    expect(trial.startsOf("slow")).toHaveLength(2);
  });

  it("counts the interval from the beginning of a run, however long that takes", async () => {
    let trial: Trial | undefined;
    const read: Probe["read"] = (_, signal) => (trial as Trial).clock.sleep(1_500, signal);
    trial = new Trial([aProbe("slow", read)]);
    await using _ = trial;

    await trial.clock.advance(25_000);

    expect(trial.startsOf("slow")).toEqual([0, 10_000, 20_000]);
    expect(trial.of("slow").map((each) => each.durationMs)).toEqual([1_500, 1_500, 1_500]);
  });

  it("runs a probe that found nothing of its kind once a minute until it finds something, and promises the next word so", async () => {
    let isThere = false;
    const nothing = [absentSubject("ollama_server", "")];
    const trial = new Trial([
      aProbe("absent", immediately, { parse: () => undefined }),
      aProbe("empty", immediately, { parse: () => (isThere ? smallPayload : { subjects: nothing, lists: [], samples: [] }) }),
      aProbe("failing", () => Promise.reject(new AppError("HOST_READ_FAILED", "it failed"))),
    ]);
    await using _ = trial;

    await trial.clock.advance(115_000);
    isThere = true;
    await trial.clock.advance(20_000);

    expect(trial.startsOf("absent")).toEqual([0, 60_000, 120_000]);
    expect(trial.of("absent").map((each) => each.intervalMs)).toEqual([60_000, 60_000, 60_000]);
    expect(trial.of("empty").map((each) => [Number(each.uptimeMs) - 50, each.intervalMs])).toEqual([
      [0, 60_000],
      [60_000, 60_000],
      [120_000, 10_000],
      [130_000, 10_000],
    ]);
    expect(trial.of("failing").length).toBeGreaterThan(12);
  });

  it("spreads its first interval widely, the others by a fifth, no more", async () => {
    let call = 0;
    const randoms = [0, 0.999_999, 0.25];
    await using trial = new Trial([aProbe("x", immediately)], { random: () => randoms[call++ % randoms.length] ?? 0 });

    await trial.clock.advance(31_000);

    const [first = 0, second = 0, third = 0, fourth = 0] = trial.startsOf("x");
    expect([second - first, Math.round(third - second), fourth - third]).toEqual([2_000, 12_000, 9_000]);
  });

  it("says in each observation when and how it ran", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    await trial.clock.advance(10_500);

    expect(trial.of("x")[1]).toMatchObject({
      probe: "x",
      observedAtUnixMs: BigInt(Date.UTC(2026, 0, 1) + 10_000),
      uptimeMs: 10_000n,
      isFromEarlierBoot: false,
      intervalMs: 10_000,
      outcome: Outcome.OK,
    });
  });

  it("tells ok, absent and failed apart, whether reading or parsing fails", async () => {
    const missing = new AppError("HOST_PERMISSION_DENIED", "cannot read /dev/nvme0: permission denied");
    await using trial = new Trial([
      aProbe("ok", immediately),
      aProbe("absent", immediately, { parse: () => undefined }),
      aProbe("unreadable", async () => Promise.reject(missing)),
      aProbe("unparsable", immediately, {
        parse: () => {
          throw new AppError("HOST_ANSWER_MALFORMED", "not JSON");
        },
      }),
      aProbe("broken", () => {
        throw new TypeError("x is not a function");
      }),
    ]);

    await trial.clock.advance(1_000);

    const outcomes = Object.fromEntries(
      trial.observations.map(({ probe, outcome, failure }) => [probe, [outcome, failure?.code]]),
    );
    expect(outcomes).toEqual({
      ok: [Outcome.OK, undefined],
      absent: [Outcome.ABSENT, undefined],
      unreadable: [Outcome.FAILED, "HOST_PERMISSION_DENIED"],
      unparsable: [Outcome.FAILED, "HOST_ANSWER_MALFORMED"],
      broken: [Outcome.FAILED, "INTERNAL"],
    });
    expect(trial.of("unreadable")[0]?.failure?.message).toBe(missing.message);
  });

  it("logs when a probe begins to fail and when it works again, not each time", async () => {
    let isBroken = true;
    const read: Probe["read"] = async () => {
      if (isBroken) throw new AppError("HOST_READ_FAILED", "EIO");
    };
    await using trial = new Trial([aProbe("x", read)]);

    await trial.clock.advance(45_000);
    isBroken = false;
    await trial.clock.advance(30_000);

    expect(trial.logger.lines.filter((line) => line.level !== "debug").map((line) => line.message)).toEqual([
      "a probe fails",
      "a probe works again",
    ]);
  });
});

describe("a probe that takes too long", () => {
  it("has failed at its timeout, also when it heeds the signal", async () => {
    let trial: Trial | undefined;
    trial = new Trial([aProbe("heeding", (_, signal) => (trial as Trial).clock.sleep(60_000, signal))]);
    await using _ = trial;

    await trial.clock.advance(2_000);

    expect(trial.of("heeding")).toMatchObject([
      { outcome: Outcome.FAILED, failure: { code: "PROBE_TIMEOUT" }, durationMs: 2_000 },
    ]);
    await trial.clock.advance(8_500);
    expect(trial.scheduler.status()[0]).toMatchObject({ isHanging: false, runCount: 1 });
  });

  it("is not started again before its run has ended, keeps failing with the reason, and disturbs no other", async () => {
    let starts = 0;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const hung = aProbe("hung", () => {
      starts++;
      return starts === 1 ? promise : Promise.resolve(undefined);
    });
    await using trial = new Trial([hung, aProbe("well", immediately)]);

    await trial.clock.advance(35_000);
    expect(starts).toBe(1);
    expect(trial.of("hung").map((each) => each.failure?.code)).toEqual(new Array(4).fill("PROBE_TIMEOUT"));
    expect(trial.of("hung")[3]?.failure?.message).toContain("still hangs");
    expect(trial.of("well")).toHaveLength(4);
    expect(trial.scheduler.status()[0]).toMatchObject({ isHanging: true });
    resolve(undefined);
    await trial.clock.advance(10_000);

    expect(starts).toBe(2);
    expect(trial.of("hung").at(-1)?.outcome).toBe(Outcome.OK);
    expect(trial.scheduler.status()[0]).toMatchObject({ isHanging: false, failureCount: 4 });
  });

  it("does not keep the scheduler from stopping", async () => {
    const trial = new Trial([aProbe("hung", () => new Promise(() => undefined))]);
    await trial.clock.advance(1_000);

    await trial.stop();

    expect(trial.observations).toEqual([]);
    expect(trial.clock.sleeperCount).toBe(0);
  });
});

describe("what an earlier process read last", () => {
  const inherited = [okSubject("disk_health", "sda", {}), okSubject("disk_health", "sdb", {}), okSubject("gpu_status", "0", {})];
  const ofDisks: Payload = {
    subjects: [okSubject("disk_health", "sda", {})],
    lists: [completeList("disk_health")],
    samples: [],
    carried: [{ kind: "disk_health", id: "sda" }],
  };

  it("is handed on by a process that is stopped before its first run", async () => {
    const trial = new Trial([aProbe("x", () => new Promise(() => undefined))], { inherited });
    await trial.clock.advance(100);
    await trial.stop();

    expect(trial.scheduler.lastReadings()).toEqual(inherited);
  });

  it("is handed on once where it was said again, and not at all where it is gone", async () => {
    const trial = new Trial(
      [aProbe("smart", immediately, { parse: () => ofDisks }), aProbe("gpu", () => new Promise(() => undefined))],
      {
        inherited,
      },
    );
    await trial.clock.advance(100);
    await trial.stop();

    expect(trial.scheduler.lastReadings().map(({ kind, id }) => `${kind} ${id}`)).toEqual(["disk_health sda", "gpu_status 0"]);
  });
});

describe("a trigger", () => {
  it("tells the next run which devices the kernel complained about, and no run after it", async () => {
    const told: (readonly string[])[] = [];
    const read: Probe["read"] = async (_host, _signal, _lastReadAt, past) => void told.push([...(past?.faulty ?? [])]);
    await using trial = new Trial([aProbe("x", read), aProbe("y", read)]);
    await trial.clock.advance(100);
    told.length = 0;

    trial.scheduler.trigger(["x"], "the kernel reports a fault", ["sda"]);
    trial.scheduler.trigger(["x"], "the kernel reports a fault", ["sdb", "sda"]);
    await trial.clock.advance(1_000);
    expect(told).toEqual([["sda", "sdb"]]);

    trial.scheduler.trigger(["x"], "asked");
    await trial.clock.advance(1_000);
    expect(told).toEqual([["sda", "sdb"], []]);
  });

  it("tells the devices again after a run that failed: nobody has looked at them", async () => {
    const told: (readonly string[])[] = [];
    let isIll = false;
    const read: Probe["read"] = async (_host, _signal, _lastReadAt, past) => {
      told.push([...(past?.faulty ?? [])]);
      if (isIll) throw new AppError("HOST_READ_FAILED", "the bus could not be listed");
    };
    await using trial = new Trial([aProbe("x", read)]);
    await trial.clock.advance(100);
    told.length = 0;

    isIll = true;
    trial.scheduler.trigger(["x"], "the kernel reports a fault", ["sda"]);
    await trial.clock.advance(1_000);
    isIll = false;
    await trial.clock.advance(20_000);

    expect(told).toEqual([["sda"], ["sda"], []]);
  });

  it("runs a probe at once, and the next run is an interval later", async () => {
    await using trial = new Trial([aProbe("x", immediately), aProbe("y", immediately)]);
    await trial.clock.advance(4_000);

    trial.scheduler.trigger(["x", "nonsense"], "a disk came");
    await trial.clock.advance(11_000);

    expect(trial.startsOf("x")).toEqual([0, 4_000, 14_000]);
    expect(trial.startsOf("y")).toEqual([50, 10_050]);
  });

  it("of no names means all", async () => {
    await using trial = new Trial([aProbe("x", immediately), aProbe("y", immediately)]);
    await trial.clock.advance(4_000);

    trial.scheduler.trigger([], "asked");
    await trial.clock.advance(1);

    expect(trial.observations).toHaveLength(4);
  });

  it("that comes again and again within a second is one", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    await trial.clock.advance(4_000);

    for (let time = 0; time < 20; time++) {
      trial.scheduler.trigger(["x"], "mounts changed");
      await trial.clock.advance(40);
    }
    await trial.clock.advance(1_000);

    expect(trial.startsOf("x")).toEqual([0, 4_000, 5_000]);
  });

  it("during a run has the probe run once more after it, never beside it", async () => {
    let trial: Trial | undefined;
    let running = 0;
    let most = 0;
    const read: Probe["read"] = async (_, signal) => {
      most = Math.max(most, ++running);
      await (trial as Trial).clock.sleep(1_500, signal);
      running--;
    };
    trial = new Trial([aProbe("slow", read)]);
    await using _ = trial;
    await trial.clock.advance(500);

    for (let time = 0; time < 5; time++) trial.scheduler.trigger(["slow"], "again");
    await trial.clock.advance(5_000);

    expect(trial.startsOf("slow")).toEqual([0, 1_500]);
    expect(most).toBe(1);
  });
});

describe("an interval", () => {
  it("that the collector sets holds at once, within the probe's bounds", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    await trial.clock.advance(6_000);

    trial.scheduler.setIntervals(intervals(1n, { x: 1 }));
    await trial.clock.advance(9_500);
    expect(trial.startsOf("x")).toEqual([0, 6_000, 11_000]);
    expect(trial.of("x").map((each) => each.intervalMs)).toEqual([10_000, 5_000, 5_000]);
    trial.scheduler.setIntervals(intervals(2n, { x: 0xffff_ffff }));

    expect(trial.scheduler.describe()[0]).toMatchObject({
      intervalMs: 60_000,
      minimumIntervalMs: 5_000,
      maximumIntervalMs: 60_000,
    });
  });

  it("is the probe's own again when the collector names it no more", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    trial.scheduler.setIntervals(intervals(1n, { x: 20_000 }));
    trial.scheduler.setIntervals(intervals(2n, {}));

    expect(trial.scheduler.describe()[0]?.intervalMs).toBe(10_000);
  });

  it("of an older revision is ignored", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    trial.scheduler.setIntervals(intervals(5n, { x: 20_000 }));
    trial.scheduler.setIntervals(intervals(4n, { x: 30_000 }));

    expect(trial.scheduler.describe()[0]?.intervalMs).toBe(20_000);
  });

  it("from the command line wins over bounds and collector", async () => {
    await using trial = new Trial([aProbe("x", immediately)], { overrides: new Map([["x", 1_000]]) });
    trial.scheduler.setIntervals(intervals(1n, { x: 20_000 }));

    await trial.clock.advance(3_500);

    expect(trial.startsOf("x")).toEqual([0, 1_000, 2_000, 3_000]);
  });
});

describe("facts and samples", () => {
  function payload(order: readonly string[]): Payload {
    return {
      subjects: order.map((id) => okSubject("block_device", id, { name: id })),
      lists: order.map((id) => (id === "a" ? completeList("block_device") : completeList("filesystem"))),
      samples: order.map((id) => ({
        kind: "block_device",
        id,
        name: "reads_total",
        value: id === "b" ? undefined : id.charCodeAt(0),
      })),
    };
  }

  async function observe(found: Payload): Promise<NewObservation> {
    await using trial = new Trial([aProbe("disks", immediately, { parse: () => found })]);
    await trial.clock.advance(1);
    const [observation] = trial.observations;
    if (observation === undefined) throw new Error("nothing was observed");
    return observation;
  }

  it("do not depend on the order in which things were found", async () => {
    const one = await observe(payload(["a", "b"]));
    const other = await observe(payload(["b", "a"]));

    expect(one.factsHash).toHaveLength(16);
    expect(other.factsHash).toEqual(one.factsHash);
    expect(other.sampleValues).toEqual(one.sampleValues);
  });

  it("lie in the order of the keys, with NaN for what is unknown", async () => {
    const { body, sampleValues } = await observe(payload(["b", "a"]));

    const facts = body.value as Facts; // the outcome is OK
    expect(facts.sampleKeys.map(({ id, name }) => `${id} ${name}`)).toEqual(["a reads_total", "b reads_total"]);
    expect(sampleValues).toEqual([97, Number.NaN]);
  });

  it("change the hash with any fact, but not with a sample", async () => {
    const one = await observe(payload(["a"]));
    const otherFact = await observe({ ...payload(["a"]), subjects: [okSubject("block_device", "a", { name: "b" })] });
    const otherSample = await observe({
      ...payload(["a"]),
      samples: [{ kind: "block_device", id: "a", name: "reads_total", value: 1 }],
    });

    expect(otherFact.factsHash).not.toEqual(one.factsHash);
    expect(otherSample.factsHash).toEqual(one.factsHash);
  });

  it("that no report could hold are a failure with their size, not a silence", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => okSubject("block_device", `${index}`, { name: "x".repeat(200) }));

    const { outcome, failure } = await observe({ ...smallPayload, subjects: many });

    expect(outcome).toBe(Outcome.FAILED);
    expect(failure).toMatchObject({ code: "PROTOCOL_TOO_LARGE", message: expect.stringContaining("5000 subjects") });
  });

  it("of a subject that was left asleep are those of its last reading, with their time", async () => {
    let run = 0;
    const parse = (): Payload => {
      run++;
      const value = run === 1 ? { device: "/dev/sda", temperatureCelsius: 31 } : { device: "/dev/sda" };
      const common = { subjects: [okSubject("disk_health", "sda", value)], lists: [], samples: [] };
      return run === 1 ? common : { ...common, carried: [{ kind: "disk_health", id: "sda" }] };
    };
    await using trial = new Trial([aProbe("smart", immediately, { parse })]);
    await trial.clock.advance(21_000);

    const subjects = trial.of("smart").map(({ body }) => (body.value as Facts).subjects[0]);
    expect(subjects[1]).toMatchObject({
      readAtUnixMs: BigInt(Date.UTC(2026, 0, 1)),
      value: { value: { temperatureCelsius: 31 } },
    });
    expect(trial.of("smart")[2]?.factsHash).toEqual(trial.of("smart")[1]?.factsHash);
  });
});

describe("the plan of a scheduler", () => {
  it("is kept, and a loop that is stuck is seen", async () => {
    await using trial = new Trial([aProbe("x", immediately)]);
    await trial.clock.advance(9_000);
    expect(trial.scheduler.status()[0]?.overdueMs).toBe(-1_000);

    await trial.clock.advance(500_000);

    expect(trial.scheduler.status()[0]?.overdueMs).toBeLessThan(0);
    expect(trial.scheduler.status()[0]).toMatchObject({ outcome: "ok", failureCount: 0 });
  });
});
