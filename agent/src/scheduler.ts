/**
 * One loop for each probe: run, observe, wait. Runs of one probe never overlap; a probe that hangs or fails disturbs no other. A run whose
 * time is up is abandoned, and its probe is not started again before that run has really ended.
 */

import { create } from "@bufbuild/protobuf";
import type { ProbeDescription, SetIntervals, Subject } from "@nodekeeper/proto";
import { Outcome, ProbeDescriptionSchema } from "@nodekeeper/proto";
import { AppError, type Clock, createNotifier, type Logger, type Notifier } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import { createLastReadings, type LastReadings } from "./last-readings.ts";
import { createObserver, type Observed, observeFailure } from "./observer.ts";
import type { FaultyDevices, Probe } from "./probe.ts";
import type { ProbeRun } from "./run-probe.ts";
import type { ProbeControl } from "./spool/local-reader.ts";
import type { NewObservation, SpoolWriter } from "./spool/spool.ts";

/** What a scheduler needs. */
export interface SchedulerOptions {
  readonly probes: readonly Probe[];
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly spool: SpoolWriter;
  /** Intervals by name of the probe, from the command line: they win over the probe's own, its bounds, and the collector's wish. */
  readonly intervalOverridesMs: ReadonlyMap<string, number>;
  /** What an earlier process of this boot read last; see kept-readings.ts. */
  readonly inherited?: readonly Subject[];
}

/** How a probe fares, for health and metrics. */
export interface ProbeStatus {
  readonly name: string;
  readonly intervalMs: number;
  readonly runCount: number;
  readonly failureCount: number;
  /** Of the last run; undefined before the first has ended. */
  readonly outcome: "ok" | "absent" | "failed" | undefined;
  readonly durationMs: number | undefined;
  /** Wall time of the last run that did not fail. */
  readonly lastSuccessAtMs: number | undefined;
  /** Whether a run whose time was up has not ended yet. */
  readonly isHanging: boolean;
  /** How far its loop is behind its own plan; negative while it is not. Above a minute something of ours is stuck. */
  readonly overdueMs: number;
}

/** Runs probes, and lets the reporting side see to it. */
export interface Scheduler extends ProbeControl {
  /** Runs until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  status(): readonly ProbeStatus[];
  /** Runs probes now; see WatcherContext.trigger. */
  trigger(probes: readonly string[], reason: string, faultyDevices?: readonly string[]): void;
  /** What was read last, for a process that comes after this one. */
  lastReadings(): readonly Subject[];
}

/** A machine that has nothing of a kind seldom gets it: its probe, and what comes of each run, need not cost what they cost elsewhere. */
const nothingRestMs = 60_000;
/** Spread of the intervals, so that ten thousand agents do not beat as one. */
const jitter = 0.2;
/** Of the first interval: agents that were all started at one moment spread over the whole of it. */
const firstJitter = 0.8;
/** At the start every probe runs at once, one after the other in these steps. */
const staggerMs = 50;
/** Triggers that come closer than this are one. */
const triggerGapMs = 1_000;
/** A machine with more faulty disks at once has lost a controller: the next run tells of the rest. */
const maximumFaultyDevices = 256;

/** Makes the scheduler; nothing runs before `run`. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const tasks = options.probes.map((probe) => new Task(probe, options));
  let revision = -1n;
  return {
    describe: () => tasks.map((task) => task.describe()),
    setIntervals(wish: SetIntervals) {
      if (wish.revision <= revision) return;
      revision = wish.revision;
      for (const task of tasks) task.wish(wish.intervals.find((interval) => interval.probe === task.name)?.intervalMs);
    },
    trigger(names, reason, faultyDevices) {
      for (const task of tasks) if (names.length === 0 || names.includes(task.name)) task.trigger(reason, faultyDevices);
    },
    async run(signal) {
      await Promise.all(tasks.map((task, index) => task.loop(index * staggerMs, signal)));
    },
    status: () => tasks.map((task) => task.status()),
    // A process that is stopped at its start hands on what it has not come to read.
    lastReadings: () => [
      ...tasks.flatMap((task) => task.lastReadings.kept()),
      ...(options.inherited ?? []).filter((subject) => tasks.every((task) => task.lastReadings.leavesOpen(subject))),
    ],
  };
}

/** One probe's loop and what it remembers. */
class Task {
  readonly lastReadings: LastReadings;
  readonly #probe: Probe;
  readonly #options: SchedulerOptions;
  readonly #observe: (intervalMs: number, signal: AbortSignal, faulty: FaultyDevices) => Promise<Observed>;
  readonly #woken: Notifier;
  #wishedMs: number | undefined;
  #isTriggered = false;
  /** Whether the last run found nothing of its kind. */
  #foundNothing = false;
  /** What the kernel complained about since the last run began that did not fail. */
  #faulty: Set<string> = new Set();
  /** When the next step of the loop is due, on the monotonic clock: the next run, or the end of this one. */
  #dueAtMs = 0;
  /** Reads that were begun and have not ended: the one of a run under way, and one whose run is over because its time was up. */
  #openReads = 0;
  #isRunning = false;
  #status: Pick<ProbeStatus, "runCount" | "failureCount" | "outcome" | "durationMs" | "lastSuccessAtMs"> = {
    runCount: 0,
    failureCount: 0,
    outcome: undefined,
    durationMs: undefined,
    lastSuccessAtMs: undefined,
  };

  constructor(probe: Probe, options: SchedulerOptions) {
    this.#probe = { ...probe, read: (...args) => this.#counted(probe.read(...args)), parse: (raw) => probe.parse(raw) };
    this.#options = options;
    this.lastReadings = createLastReadings(options.inherited);
    this.#observe = createObserver(this.#probe, { ...options, lastReadings: this.lastReadings });
    this.#woken = createNotifier(options.clock);
  }

  get name(): string {
    return this.#probe.name;
  }

  get intervalMs(): number {
    const { name, intervalMs, minimumIntervalMs, maximumIntervalMs } = this.#probe;
    const override = this.#options.intervalOverridesMs.get(name);
    if (override !== undefined) return override;
    const ownMs = this.#foundNothing ? Math.max(intervalMs, nothingRestMs) : intervalMs;
    return Math.min(maximumIntervalMs, Math.max(minimumIntervalMs, this.#wishedMs ?? ownMs));
  }

  describe(): ProbeDescription {
    const { name, minimumIntervalMs, maximumIntervalMs } = this.#probe;
    return create(ProbeDescriptionSchema, { name, intervalMs: this.intervalMs, minimumIntervalMs, maximumIntervalMs });
  }

  /** Undefined: the probe's own interval. */
  wish(intervalMs: number | undefined): void {
    this.#wishedMs = intervalMs;
    this.#woken.notify();
  }

  trigger(reason: string, faultyDevices: readonly string[] = []): void {
    this.#options.logger.debug({ probe: this.name, reason }, "probe triggered");
    this.#isTriggered = true;
    this.#suspect(faultyDevices);
    this.#woken.notify();
  }

  status(): ProbeStatus {
    const overdueMs = this.#options.clock.monotonicMs() - this.#dueAtMs;
    const isHanging = this.#openReads > (this.#isRunning ? 1 : 0);
    return { name: this.name, intervalMs: this.intervalMs, isHanging, overdueMs, ...this.#status };
  }

  async loop(firstDelayMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    try {
      this.#dueAtMs = clock.monotonicMs() + firstDelayMs;
      await clock.sleep(firstDelayMs, signal);
      while (!signal.aborted) {
        const startedAtMs = clock.monotonicMs();
        const spread = 1 + (this.#status.runCount === 0 ? firstJitter : jitter) * (2 * random() - 1);
        this.#isTriggered = false;
        this.#dueAtMs = startedAtMs + this.#probe.timeoutMs;
        this.#isRunning = this.#openReads === 0;
        await this.#runOnce(signal);
        this.#isRunning = false;
        await this.#wait(startedAtMs, spread, signal);
      }
    } catch (thrown) {
      if (!signal.aborted) this.#options.logger.error({ probe: this.name, err: thrown }, "the loop of a probe ended");
    }
  }

  async #runOnce(signal: AbortSignal): Promise<void> {
    const { clock, host, spool, logger } = this.#options;
    try {
      const observation = this.#isRunning ? await this.#observeRun(signal) : await this.#observeHang();
      // What was cut short by the end of the agent says nothing about the machine.
      if (!signal.aborted) spool.append(observation);
    } catch (thrown) {
      const error = AppError.from(thrown);
      logger.error({ probe: this.name, err: error }, "a run could not be observed");
      this.#note("failed", 0, clock.wallMs(), error);
      await observeFailure(this.#probe, host, this.intervalMs, error).then(
        (observation) => spool.append(observation),
        () => undefined, // the host cannot even tell the time: the log has said so
      );
    }
  }

  async #observeRun(signal: AbortSignal): Promise<NewObservation> {
    const faulty = this.#faulty;
    this.#faulty = new Set();
    let hasFailed = true;
    try {
      const observed = await this.#observe(this.intervalMs, signal, faulty);
      hasFailed = observed.run.outcome === "failed";
      return this.#noted(observed, signal);
    } finally {
      if (hasFailed) this.#suspect(faulty); // nobody has looked at them
    }
  }

  #noted({ run, observation }: Observed, signal: AbortSignal): NewObservation {
    if (signal.aborted) return observation;
    const error = run.outcome === "failed" ? run.error : undefined;
    this.#note(run.outcome, run.durationMs, Number(observation.observedAtUnixMs), error);
    this.#foundNothing = isNothing(run);
    return { ...observation, intervalMs: this.intervalMs }; // when the next word comes depends on what was found
  }

  #suspect(devices: Iterable<string>): void {
    for (const device of devices) if (this.#faulty.size < maximumFaultyDevices) this.#faulty.add(device);
  }

  async #observeHang(): Promise<NewObservation> {
    const message = `an earlier run of the probe ${this.name} still hangs; it is not started again before that ends`;
    const error = new AppError("PROBE_TIMEOUT", message);
    this.#note("failed", 0, 0, error);
    return observeFailure(this.#probe, this.#options.host, this.intervalMs, error);
  }

  async #wait(startedAtMs: number, spread: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const targetMs = this.#isTriggered ? triggerGapMs : this.intervalMs * spread;
      this.#dueAtMs = startedAtMs + targetMs;
      const leftMs = this.#dueAtMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await this.#woken.wait(leftMs, signal);
    }
  }

  #note(outcome: "ok" | "absent" | "failed", durationMs: number, atMs: number, error?: AppError): void {
    const { runCount, failureCount, lastSuccessAtMs, outcome: before } = this.#status;
    const { logger } = this.#options;
    const hasFailed = outcome === "failed";
    // Only changes are news; what stays as it is stands in the observations.
    if (error !== undefined && before !== "failed") logger.warn({ probe: this.name, err: error }, "a probe fails");
    else if (!hasFailed && before === "failed") logger.info({ probe: this.name, outcome }, "a probe works again");
    this.#status = {
      runCount: runCount + 1,
      failureCount: failureCount + (hasFailed ? 1 : 0),
      outcome,
      durationMs,
      lastSuccessAtMs: hasFailed ? lastSuccessAtMs : atMs,
    };
  }

  #counted<Raw>(reading: Promise<Raw>): Promise<Raw> {
    this.#openReads += 1;
    return reading.finally(() => {
      this.#openReads -= 1;
    });
  }
}

/** True where a run looked and there is nothing of its kind; a run that failed does not know. */
function isNothing(run: ProbeRun): boolean {
  if (run.outcome !== "ok") return run.outcome === "absent";
  return run.payload.samples.length === 0 && run.payload.subjects.every(({ outcome }) => outcome === Outcome.ABSENT);
}
