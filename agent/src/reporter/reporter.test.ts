/** The reporter against a collector on a real gRPC socket, with a real spool and time that the tests move. */
import { create } from "@bufbuild/protobuf";
import { status as grpcStatus } from "@grpc/grpc-js";
import {
  AckSchema,
  Availability,
  HeldFactsSchema,
  NeedFullSchema,
  type Observation,
  ProbeDescriptionSchema,
  ProbeNowSchema,
  ReconnectSchema,
  SequenceRangeSchema,
  type SetIntervals,
  SetIntervalsSchema,
  WatchPeersSchema,
} from "@nodekeeper/proto";
import { type Address, AppError, systemClock, version } from "@nodekeeper/shared";
import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createAccess } from "../access/access.ts";
import { createLocalReader } from "../spool/local-reader.ts";
import type { SpoolReader } from "../spool/spool.ts";
import { type Behaviour, eventually, FakeCollector } from "../test-support/fake-collector.ts";
import { newObservation } from "../test-support/observations.ts";
import { SpoolTrial } from "../test-support/spool-trial.ts";
import { staying } from "../test-support/staying.ts";
import { createReporter, type Reporter } from "./reporter.ts";

class ReporterTrial implements AsyncDisposable {
  readonly spoolTrial: SpoolTrial;
  readonly reporter: Reporter;
  readonly intervals: SetIntervals[] = [];
  readonly triggered: string[] = [];
  readonly watched: string[][] = [];
  /** Whether the probing side answers. */
  isProbingThere = true;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(spoolTrial: SpoolTrial, addresses: readonly [Address, ...Address[]]) {
    this.spoolTrial = spoolTrial;
    const { clock, logger } = spoolTrial;
    const local = createLocalReader({
      spool: spoolTrial.spool,
      control: {
        describe: () => [create(ProbeDescriptionSchema, { name: "system", intervalMs: 15_000 })],
        setIntervals: (intervals) => void this.intervals.push(intervals),
        trigger: (probes) => void this.triggered.push(...probes),
      },
      watchedPeers: { watch: (ids) => this.watched.push([...ids]) > 0 },
      identity: { nodeName: "bobcat", machineId: "0123", bootId: "boot-1" },
      leaving: staying,
      clock,
    });
    const isHere = async (): Promise<void> => {
      if (!this.isProbingThere) throw new AppError("PEER_UNREACHABLE", "the probing process does not answer");
    };
    const spool: SpoolReader = {
      ...local,
      describe: async (signal) => {
        while (!this.isProbingThere) await clock.sleep(1_000, signal);
        return await local.describe(signal);
      },
      read: async (options) => {
        const batch = await local.read(options);
        await isHere();
        return batch;
      },
    };
    const access = createAccess(
      { collectors: addresses, tokenFile: undefined, caFile: undefined, identityFile: "/nowhere/identity.json", serverName: "" },
      clock,
    );
    this.reporter = createReporter({
      ...{ spool, access, clock, logger, random: () => 0.5 },
      availability: Availability.INTERMITTENT,
      isUpgraded: () => false,
    });
    this.#running = this.reporter.run(this.#stop.signal);
  }

  /** Time passes for agent and spool; whatever the sockets do meanwhile is given real time. */
  async pass(ms: number): Promise<void> {
    await this.spoolTrial.clock.advance(ms);
    await systemClock.sleep(30, new AbortController().signal);
    await settle();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  messages(level: string): readonly string[] {
    return this.spoolTrial.logger.lines.filter((line) => line.level === level).map((line) => line.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // The clock of the trial stands still: leaving may wait for it.
    const done = this.#running.then(() => true);
    while (!(await Promise.race([done, systemClock.sleep(10, new AbortController().signal).then(() => false)])))
      await this.spoolTrial.clock.advance(1_000);
    await this.spoolTrial[Symbol.asyncDispose]();
  }
}

interface Pair extends AsyncDisposable {
  readonly collector: FakeCollector;
  readonly trial: ReporterTrial;
  append(probe: string, name: string, samples?: readonly number[]): void;
}

async function connect(behaviour: Behaviour = {}, before?: (spool: SpoolTrial) => void | Promise<void>): Promise<Pair> {
  const parts = new AsyncDisposableStack();
  const collector = parts.use(await FakeCollector.listen(behaviour));
  const spoolTrial = await SpoolTrial.create();
  await before?.(spoolTrial);
  const trial = parts.use(new ReporterTrial(spoolTrial, [collector.address]));
  if (behaviour.greet === undefined) await eventually("the agent connects", () => trial.reporter.status().isConnected);
  return {
    collector,
    trial,
    append: (probe, name, samples = []) => spoolTrial.append(probe, name, { samples }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function spoolCount(trial: ReporterTrial): number {
  return trial.spoolTrial.spool.status().observationCount;
}

function bodies(observations: readonly Observation[]): readonly string[] {
  return observations.map(({ body }) => {
    if (body.case !== "full") return String(body.case);
    const value = body.value.subjects[0]?.value;
    return value?.case === "operatingSystem" ? value.value.prettyName : "?";
  });
}

describe("a reporter", () => {
  it("says who it is, sends what there is, newest first, and frees what is acknowledged", async () => {
    await using pair = await connect({}, (spool) => {
      spool.append("system", "old");
      spool.append("disks", "disk");
      spool.append("system", "new", { samples: [1, 2] });
    });
    const { collector, trial } = pair;
    await eventually("the spool is empty", () => spoolCount(trial) === 0);

    expect(collector.stream.hello).toMatchObject({
      wireVersion: 1,
      agentVersion: version,
      nodeName: "bobcat",
      machineId: "0123",
      bootId: "boot-1",
      epoch: trial.spoolTrial.spool.epoch,
      probes: [{ name: "system", intervalMs: 15_000 }],
    });
    expect(bodies(collector.observations)).toEqual(["new", "disk", "old"]);
    expect(collector.observations[0]?.sampleValues).toEqual([1, 2]);
    expect(trial.reporter.status()).toMatchObject({ isConnected: true, acknowledgedCount: 3, problem: undefined });
  });

  it("sends facts once, and Unchanged after they are acknowledged", async () => {
    await using pair = await connect();
    for (let index = 0; index < 3; index++) {
      pair.append("system", "debian", [index]);
      await eventually("it is acknowledged", () => spoolCount(pair.trial) === 0);
    }
    pair.append("system", "debian 13", [3]);
    await eventually("all arrived", () => pair.collector.observations.length === 4);

    expect(bodies(pair.collector.observations)).toEqual(["debian", "unchanged", "unchanged", "debian 13"]);
    expect(pair.collector.observations.map((each) => each.sampleValues[0])).toEqual([0, 1, 2, 3]);
    expect(pair.collector.observations[1]?.factsHash).toEqual(pair.collector.observations[0]?.factsHash);
  });

  it("sends Unchanged at once for facts that the collector says it holds", async () => {
    const factsHash = newObservation({ facts: "debian" }).factsHash;
    const held = [
      create(HeldFactsSchema, { probe: "system", factsHash }),
      create(HeldFactsSchema, { probe: "disks", factsHash }),
    ];
    await using pair = await connect({ greet: () => ({ held }) });
    pair.append("system", "debian");
    pair.append("network", "debian");
    await eventually("both arrived", () => pair.collector.observations.length === 2);

    const byProbe = Object.fromEntries(pair.collector.observations.map((each) => [each.probe, each.body.case]));
    expect(byProbe).toEqual({ system: "unchanged", network: "full" });
  });

  it("does not take facts for held that the collector refused", async () => {
    await using pair = await connect({
      onReport: (stream, { observations }) =>
        stream.acknowledge(
          observations,
          observations.map(({ sequence }) => ({ sequence, reason: "nonsense", isWhole: true })),
        ),
    });
    for (let index = 0; index < 2; index++) {
      pair.append("system", "debian");
      await eventually("it is acknowledged", () => spoolCount(pair.trial) === 0);
    }

    expect(bodies(pair.collector.observations)).toEqual(["debian", "debian"]);
    expect(pair.trial.reporter.status()).toMatchObject({ acknowledgedCount: 2, rejectedCount: 2 });
  });

  it("sends everything whole again after six hours", async () => {
    await using pair = await connect();
    const report = async (): Promise<void> => {
      pair.append("system", "debian");
      await eventually("it is acknowledged", () => spoolCount(pair.trial) === 0);
    };
    await report();
    await report();

    await pair.trial.pass(6 * 3_600_000);
    await report();
    await report();

    expect(bodies(pair.collector.observations)).toEqual(["debian", "unchanged", "debian", "unchanged"]);
  });

  it("sends whole what the collector needs, in reports of a bounded size", async () => {
    const name = "x".repeat(20_000);
    const factsHash = newObservation({ facts: name }).factsHash;
    let isForgetful = true;
    await using pair = await connect(
      {
        greet: () => ({ held: [create(HeldFactsSchema, { probe: "system", factsHash })] }),
        onReport: (stream, { observations }) => {
          const ranges = observations.map(({ sequence }) => create(SequenceRangeSchema, { first: sequence, last: sequence }));
          const isUnchanged = observations.some(({ body }) => body.case === "unchanged");
          if (isForgetful && isUnchanged) {
            isForgetful = false;
            stream.send({ case: "needFull", value: create(NeedFullSchema, { probe: "system", factsHash, ranges }) });
          } else if (!isUnchanged) stream.acknowledge(observations);
          else stream.send({ case: "needFull", value: create(NeedFullSchema, { probe: "system", factsHash, ranges }) });
        },
      },
      (spool) => {
        for (let index = 0; index < 9; index++) spool.append("system", name, { samples: [index] });
      },
    );
    await eventually("the spool is empty", () => spoolCount(pair.trial) === 0);

    const whole = pair.collector.observations.filter((each) => each.body.case === "full");
    expect(whole.map((each) => each.sampleValues[0]).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const largest = Math.max(...pair.collector.stream.reports.map((report) => bodies(report.observations).join("").length));
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });

  it("keeps no more than its window on the way", async () => {
    await using pair = await connect({ onReport: () => undefined }, (spool) => {
      for (let index = 0; index < 80; index++) spool.append("system", `${index} ${"x".repeat(10_000)}`);
    });
    await eventually("the window is full", () => pair.collector.observations.length >= 24);
    await pair.trial.pass(1_000);

    expect(pair.collector.observations.length).toBeLessThan(35);
    pair.collector.behaviour = {};
    pair.collector.stream.acknowledge(pair.collector.observations);
    await eventually("the rest follows", () => spoolCount(pair.trial) === 0);
    expect(new Set(pair.collector.observations.map((each) => each.sequence)).size).toBe(80);
    expect(pair.collector.observations).toHaveLength(80);
  });

  it("ignores acknowledgements of another epoch", async () => {
    await using pair = await connect({
      onReport: (stream) => {
        const ranges = [create(SequenceRangeSchema, { first: 1, last: 100 })];
        stream.send({ case: "ack", value: create(AckSchema, { epoch: "another", ranges }) });
      },
    });
    pair.append("system", "debian");
    await eventually("it arrived", () => pair.collector.observations.length === 1);
    await pair.trial.pass(100);

    expect(spoolCount(pair.trial)).toBe(1);
  });

  it("frees what HelloAck says is committed, and does not send it again", async () => {
    const acknowledged = [create(SequenceRangeSchema, { first: 1, last: 2 })];
    let greetings = 0;
    await using pair = await connect(
      {
        greet: () => (greetings++ === 0 ? {} : { acknowledged }),
        onReport: () => undefined,
      },
      (spool) => {
        for (const name of ["one", "two", "three"]) spool.append("system", name);
      },
    );
    await eventually("all arrived", () => pair.collector.observations.length === 3);
    pair.collector.stream.fail(grpcStatus.UNAVAILABLE, "going down");
    await eventually("the stream is closed", () => !pair.trial.reporter.status().isConnected);

    await pair.trial.pass(1_000);
    await eventually("it sends the rest", () => pair.collector.observations.length === 4);

    expect(bodies(pair.collector.stream.reports.flatMap((report) => report.observations))).toEqual(["three"]);
    expect(spoolCount(pair.trial)).toBe(1);
  });

  it("logs a few rejections, and only counts a flood of them", async () => {
    await using pair = await connect({
      onReport: (stream, { observations }) =>
        stream.acknowledge(
          observations,
          observations.map(({ sequence }) => ({ sequence, reason: "used_bytes is negative", isWhole: false })),
        ),
    });
    for (let index = 0; index < 40; index++) pair.append("system", "debian", [index]);
    await eventually("all are acknowledged", () => spoolCount(pair.trial) === 0);

    expect(pair.trial.messages("warn")).toEqual(new Array(10).fill("the collector did not take an observation as it was"));
    expect(pair.trial.reporter.status().rejectedCount).toBe(40);
    await pair.trial.pass(60_000);
    pair.append("system", "debian");
    await eventually("it is told how many more", () => pair.trial.messages("warn").length === 12);
    expect(pair.trial.spoolTrial.logger.lines.find((line) => line.message.includes("more observations"))?.facts).toEqual({
      count: 30,
    });
  });

  it("passes intervals and requests to probe now on", async () => {
    const intervals = create(SetIntervalsSchema, { revision: 1n });
    await using pair = await connect({ greet: () => ({ intervals }) });
    await eventually("it is connected", () => pair.trial.reporter.status().isConnected);

    pair.collector.stream.send({ case: "setIntervals", value: create(SetIntervalsSchema, { revision: 2n }) });
    pair.collector.stream.send({ case: "probeNow", value: create(ProbeNowSchema, { probes: ["system"] }) });
    await eventually("they arrive", () => pair.trial.triggered.length > 0);

    expect(pair.trial.intervals.map((each) => each.revision)).toEqual([1n, 2n]);
    expect(pair.trial.triggered).toEqual(["system"]);
  });

  it("passes the peers on that the collector names, and does not heed what cannot be peers", async () => {
    await using pair = await connect({});
    await eventually("it is connected", () => pair.trial.reporter.status().isConnected);
    const name = (peerIds: string[]): void =>
      pair.collector.stream.send({ case: "watchPeers", value: create(WatchPeersSchema, { peerIds }) });

    name(["nNeko11CNTRL"]);
    name(["nNeko11CNTRL", "no id"]);
    name([]);
    await eventually("they arrive", () => pair.trial.watched.length === 2);

    expect(pair.trial.watched).toEqual([["nNeko11CNTRL"], []]);
    expect(pair.trial.reporter.status().isConnected).toBe(true);
    expect(pair.trial.messages("warn")).toEqual(["the collector asks for peers that cannot be, it is not heeded"]);
  });

  it("carries what the spool lost until a report that says it is acknowledged", async () => {
    await using pair = await connect({ onReport: () => undefined }, async (spool) => {
      spool.append("system", "lost");
      spool.append("system", "kept");
      await spool.pass(49 * 3_600_000);
    });
    await eventually("a report arrives", () => pair.collector.stream.reports.length === 1);
    pair.append("disks", "disk");
    await eventually("another arrives", () => pair.collector.stream.reports.length === 2);
    pair.collector.stream.acknowledge(pair.collector.observations);
    await eventually("the spool is empty", () => spoolCount(pair.trial) === 0);
    pair.append("disks", "another disk");
    await eventually("a third arrives", () => pair.collector.stream.reports.length === 3);

    const reasons = pair.collector.stream.reports.map((report) => report.losses.map((loss) => loss.reason));
    expect(reasons).toEqual([["too_old"], ["too_old"], []]);
    expect(pair.collector.stream.reports[0]?.losses[0]?.observationCount).toBe(1);
  });
});

describe("a reporter whose stream breaks", () => {
  it("comes back with growing patience, sends again what was not acknowledged, and loses nothing", async () => {
    await using pair = await connect({ onReport: () => undefined });
    pair.append("system", "one");
    await eventually("it arrived", () => pair.collector.observations.length === 1);

    pair.collector.kill();
    await eventually("it notices", () => !pair.trial.reporter.status().isConnected);
    await pair.trial.pass(500);
    await pair.trial.pass(500);
    expect(pair.trial.reporter.status().isConnected).toBe(false);
    pair.append("system", "two");
    pair.collector.behaviour = {};
    await pair.collector.restart();
    await pair.trial.pass(30_000);
    await eventually("the spool is empty", () => spoolCount(pair.trial) === 0);

    expect(bodies(pair.collector.stream.reports.flatMap((report) => report.observations))).toEqual(["two", "one"]);
    expect(pair.trial.reporter.status().connectCount).toBe(2);
  });

  it("tries its collectors in order", async () => {
    await using dead = await FakeCollector.listen();
    dead.kill();
    await using alive = await FakeCollector.listen();
    await using trial = new ReporterTrial(await SpoolTrial.create(), [dead.address, alive.address]);

    await eventually("it is connected", () => trial.reporter.status().isConnected);

    expect(alive.streams).toHaveLength(1);
    expect(trial.reporter.status().connectCount).toBe(1);
  });

  it.each([
    { code: grpcStatus.UNIMPLEMENTED, details: "this collector speaks wire version 2, the agent speaks 1" },
    { code: grpcStatus.FAILED_PRECONDITION, details: "the first message must be Hello" },
  ])("says clearly why it is refused ($details), and does not hammer", async ({ code, details }) => {
    let greetings = 0;
    await using pair = await connect({
      greet: () => {
        greetings++;
        return { code, details };
      },
    });
    await eventually("it is refused", () => greetings === 1);
    await pair.trial.pass(0);

    for (let second = 0; second < 25; second++) await pair.trial.spoolTrial.clock.advance(1_000);
    await pair.trial.pass(0);
    expect(greetings).toBe(1);
    await pair.trial.pass(10_000);
    await eventually("it tries again", () => greetings === 2);
    await pair.trial.pass(0);

    expect(pair.trial.messages("warn")).toEqual(["the collector refuses this agent"]);
    expect(pair.trial.reporter.status().problem).toContain(details);
  });

  it("counts refusals anew once it was taken in", async () => {
    const refusal = { code: grpcStatus.FAILED_PRECONDITION, details: "not now" };
    let greetings = 0;
    await using pair = await connect({
      greet: () => {
        greetings++;
        return greetings <= 3 ? refusal : {};
      },
    });
    for (const [index, delayMs] of [30_000, 120_000, 270_000].entries()) {
      await eventually("it is refused", () => greetings === index + 1);
      await pair.trial.pass(0);
      await pair.trial.pass(delayMs);
    }
    await eventually("it is taken", () => pair.trial.reporter.status().isConnected);

    pair.collector.stream.fail(refusal.code, refusal.details);
    await eventually("the stream is closed", () => !pair.trial.reporter.status().isConnected);
    await pair.trial.pass(0);
    await pair.trial.pass(30_000);

    await eventually("it is taken again", () => pair.trial.reporter.status().connectCount === 2);
  });

  it("gives up a stream on which a report is not acknowledged for a minute", async () => {
    await using pair = await connect({ onReport: () => undefined });
    pair.append("system", "one");
    await eventually("it arrived", () => pair.collector.observations.length === 1);

    for (let second = 0; second < 59; second++) await pair.trial.spoolTrial.clock.advance(1_000);
    expect(pair.trial.reporter.status().isConnected).toBe(true);
    await pair.trial.pass(1_000);

    expect(pair.trial.reporter.status()).toMatchObject({
      isConnected: false,
      problem: "the collector has not acknowledged a report for 60 s",
    });
    await pair.trial.pass(5_000);
    await eventually("it is sent again", () => pair.collector.observations.length === 2);
  });

  it("gives up a collector that does not answer Hello within ten seconds", async () => {
    await using pair = await connect({ greet: () => "silence" });
    await pair.trial.pass(100);

    await pair.trial.pass(10_000);

    expect(pair.trial.reporter.status().problem).toBe("the collector did not answer within 10 s");
  });

  it("stays away as long as the collector asks, and a little longer by chance", async () => {
    await using pair = await connect();
    pair.collector.stream.send({ case: "reconnect", value: create(ReconnectSchema, { afterMs: 20_000 }) });
    await eventually("it leaves", () => !pair.trial.reporter.status().isConnected);

    await pair.trial.pass(24_000); // as asked, and a quarter more by chance
    expect(pair.collector.streams).toHaveLength(1);
    await pair.trial.pass(1_500);

    await eventually("it is back", () => pair.collector.streams.length === 2);
  });

  it("stays away as long as a collector asks that answers Hello so, because others are greeted first", async () => {
    let hellos = 0;
    const greet = (): ReturnType<NonNullable<Behaviour["greet"]>> => {
      hellos += 1;
      if (hellos === 1) return { afterMs: 20_000 };
      return {};
    };
    await using pair = await connect({ greet });
    await pair.trial.pass(100);
    await eventually("it was sent away", () => pair.trial.reporter.status().problem === "dialling again, as was asked");

    await pair.trial.pass(24_000); // as asked, and a quarter more by chance
    expect(hellos).toBe(1);
    await pair.trial.pass(1_500);

    await eventually("it is taken", () => pair.collector.streams.length === 1);
  });
});

describe("a reporter says that a collector is missing", () => {
  it("when none answers, and not while one that answered has asked it to come back later", async () => {
    await using pair = await connect();
    pair.collector.stream.send({ case: "reconnect", value: create(ReconnectSchema, { afterMs: 600_000 }) });
    await eventually("it leaves", () => !pair.trial.reporter.status().isConnected);
    await pair.trial.pass(500_000);
    expect(pair.trial.reporter.status().isCollectorMissing).toBe(false);

    pair.collector.kill();
    await pair.trial.pass(300_000);

    await eventually("it has dialled", () => pair.trial.reporter.status().isCollectorMissing);
  });

  it("and not while the probing side is not there, in whatever state that one went", async () => {
    await using pair = await connect();
    pair.trial.isProbingThere = false;
    pair.append("system", "debian");
    await eventually("it notices", () => !pair.trial.reporter.status().isConnected);
    await pair.trial.pass(600_000);
    expect(pair.trial.reporter.status()).toMatchObject({
      isCollectorMissing: false,
      problem: "the probing process does not answer",
    });

    pair.collector.kill();
    pair.trial.isProbingThere = true;
    await pair.trial.pass(1_000);
    await eventually("it has dialled", () => pair.trial.reporter.status().isCollectorMissing);
    pair.trial.isProbingThere = false;
    await pair.trial.pass(60_000);

    expect(pair.trial.reporter.status().isCollectorMissing).toBe(false);
  });
});

describe("a reporter that is sent away at once, again and again", () => {
  it("dials no more often than about once a second", async () => {
    let hellos = 0;
    const greet = (): ReturnType<NonNullable<Behaviour["greet"]>> => {
      hellos += 1;
      return { afterMs: 0 };
    };
    await using pair = await connect({ greet });
    await eventually("it was sent away", () => pair.trial.reporter.status().problem === "dialling again, as was asked");
    const before = hellos;

    await pair.trial.pass(1_200); // a second, and a quarter more by chance
    expect(hellos).toBe(before);
    await pair.trial.pass(100);

    await eventually("it dials again", () => hellos === before + 1);
  });
});

describe("a reporter that is stopped", () => {
  it("sends what is there, waits for the acknowledgement and says goodbye", async () => {
    await using pair = await connect();
    pair.append("system", "last words");

    await pair.trial.stop();

    expect(bodies(pair.collector.observations)).toEqual(["last words"]);
    expect(spoolCount(pair.trial)).toBe(0);
    expect(pair.collector.stream.goodbye).toBe(true);
  });

  it("does not wait long for a collector that does not acknowledge", async () => {
    await using pair = await connect({ onReport: () => undefined });
    pair.append("system", "last words");
    const stopping = pair.trial.stop();
    await eventually("it arrived", () => pair.collector.observations.length === 1);
    await pair.trial.pass(3_000);

    await stopping;

    expect(pair.collector.stream.goodbye).toBe(true);
    expect(spoolCount(pair.trial)).toBe(1);
  });

  it("stops at once when there is no collector", async () => {
    await using collector = await FakeCollector.listen();
    collector.kill();
    await using trial = new ReporterTrial(await SpoolTrial.create(), [collector.address]);
    await eventually("it has tried", () => trial.reporter.status().problem?.includes("cannot reach") === true);

    await trial.stop();

    expect(trial.reporter.status().isConnected).toBe(false);
  });
});
