/** One stream from Hello to its end: reads the spool, sends reports within a window, passes on what comes back. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Ack,
  type ConnectResponse,
  GoodbyeReason,
  GoodbyeSchema,
  type NeedFull,
  type Observation,
  ObservationSchema,
  ReportSchema,
  SequenceRangeSchema,
} from "@nodekeeper/proto";
import { type Address, AppError, type Clock, createDeadline, createNotifier, type Logger } from "@nodekeeper/shared";
import type { AgentDescription, SpoolBatch, SpoolReader } from "../spool/spool.ts";
import { openCollectorStream } from "./collector-stream.ts";
import { createHeldByCollector } from "./held-facts.ts";
import { sayHello } from "./hello.ts";
import { createInFlight } from "./in-flight.ts";
import { createInbox } from "./inbox.ts";
import type { RejectionLog } from "./rejection-log.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly address: Address;
  readonly description: AgentDescription;
  readonly spool: SpoolReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly logRejections: RejectionLog;
  /** Called when the collector has taken us in, and with each acknowledgement. */
  readonly onConnected: () => void;
  readonly onAcknowledged: (count: number, rejectedCount: number) => void;
}

/** How a session ended that did not break. */
export type SessionEnd =
  | { readonly kind: "stopped" }
  /** The collector asks to dial again after this time. */
  | { readonly kind: "reconnect"; readonly afterMs: number };

/** Unacknowledged bytes on a stream; more waits in the spool. */
const windowBytes = 256 * 1024;
/** One report; small, so that the newest state is not behind much history. */
const wantedReportBytes = 64 * 1024;
/** Clocks and losses of a report, and what surrounds an observation in it. */
const reportOverheadBytes = 4 * 1024;
/** A report that is not acknowledged after this time: the stream is as good as dead. */
const acknowledgeTimeoutMs = 60_000;
/** Between two looks at the age of what is on its way. */
const readWaitMs = 15_000;
/** Leaving waits so long for what was sent to be acknowledged, and then so long for the collector to hear the goodbye. */
const drainMs = 3_000;
const goodbyeMs = 1_000;

/** Runs one stream. Resolves when it was stopped or sent away, rejects with AppError when it broke. */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<SessionEnd> {
  const { address, spool, clock, logger, description } = options;
  const inbox = createInbox();
  using stream = openCollectorStream(address, inbox.put);
  const helloAck = await sayHello({ stream, inbox, clock, description }, signal);

  const limitBytes = Math.max(reportOverheadBytes, helloAck.maximumReportBytes || wantedReportBytes) - reportOverheadBytes / 2;
  const held = createHeldByCollector(helloAck.held, clock.monotonicMs());
  const inFlight = createInFlight();
  const changed = createNotifier(clock);
  const failed = new AbortController();
  let waiting = new AbortController();
  let again: readonly Observation[] = [];
  let reconnectAfterMs: number | undefined;

  /** Whoever waits, for the spool or for room in the window, looks around again. */
  function wake(): void {
    waiting.abort();
    changed.notify();
  }

  function fail(thrown: unknown): void {
    failed.abort(AppError.from(thrown));
    wake();
  }

  async function handle(message: ConnectResponse["message"]): Promise<void> {
    switch (message.case) {
      case "ack":
        return await acknowledge(message.value);
      case "needFull":
        return needFull(message.value);
      case "setIntervals":
        return await spool.setIntervals(message.value);
      case "probeNow":
        return await spool.probeNow(message.value.probes);
      case "reconnect":
        reconnectAfterMs = message.value.afterMs;
        return wake();
      default:
        return; // a message of a newer collector
    }
  }

  async function acknowledge({ epoch, ranges, rejections }: Ack): Promise<void> {
    if (epoch !== description.epoch) return; // of another life of the spool: those numbers mean something else now
    const refused = new Set(rejections.filter((rejection) => rejection.isWhole).map((rejection) => rejection.sequence));
    const arrived = inFlight.take(ranges);
    for (const { observation, isWhole } of arrived) {
      const { probe, factsHash, sequence } = observation;
      if (isWhole && factsHash.length > 0 && !refused.has(sequence)) held.hold(probe, factsHash);
    }
    await spool.acknowledge(ranges);
    options.logRejections(rejections);
    options.onAcknowledged(arrived.length, rejections.length);
    changed.notify();
  }

  function needFull({ probe, factsHash, ranges }: NeedFull): void {
    held.forget(probe, factsHash);
    again = [...again, ...inFlight.take(ranges).map((sent) => sent.observation)];
    wake();
  }

  async function report(isRestart: boolean, waitMs: number, until: AbortSignal): Promise<number> {
    const batch = await spool.read({
      isRestart,
      maximumBytes: Math.max(1024, Math.min(wantedReportBytes, limitBytes)),
      waitMs: again.length > 0 ? 0 : waitMs,
      interrupt: waiting.signal,
      signal: until,
    });
    const wanted = again;
    again = [];
    for (const observations of chunksOf(wanted)) await send({ ...batch, observations, losses: [] }, until);
    if (batch.observations.length > 0) await send(batch, until);
    return wanted.length + batch.observations.length;
  }

  /** Parts of what the collector wants again that fit a report, with whole facts. */
  function* chunksOf(observations: readonly Observation[]): Generator<readonly Observation[]> {
    let chunk: Observation[] = [];
    let bytes = 0;
    for (const observation of observations) {
      const size = toBinary(ObservationSchema, observation).length;
      if (chunk.length > 0 && bytes + size > Math.min(wantedReportBytes, limitBytes)) {
        yield chunk;
        chunk = [];
        bytes = 0;
      }
      chunk.push(observation);
      bytes += size;
    }
    if (chunk.length > 0) yield chunk;
  }

  async function send({ observations, losses, sentAtMs, sentUptimeMs }: SpoolBatch, until: AbortSignal): Promise<void> {
    const nowMs = clock.monotonicMs();
    const fitting: Observation[] = [];
    for (const observation of observations) {
      const short = held.shorten(observation, nowMs);
      const bytes = toBinary(ObservationSchema, short).length;
      if (bytes > limitBytes) {
        await giveUp(observation, bytes);
        continue;
      }
      inFlight.add({ observation, isWhole: short === observation, bytes, sentAtMs: nowMs });
      fitting.push(short);
    }
    const clocks = { sentAtUnixMs: BigInt(Math.round(sentAtMs)), sentUptimeMs: BigInt(Math.round(sentUptimeMs)) };
    const value = create(ReportSchema, { observations: fitting, losses: [...losses], ...clocks });
    await stream.send({ case: "report", value }, until);
  }

  /** It would end every stream that it is sent on. */
  async function giveUp({ probe, sequence }: Observation, bytes: number): Promise<void> {
    logger.error({ probe, sequence, bytes, limitBytes }, "an observation is larger than the collector takes, it is dropped");
    await spool.acknowledge([create(SequenceRangeSchema, { first: sequence, last: sequence })]);
    options.onAcknowledged(0, 1);
  }

  async function sendReports(): Promise<void> {
    for (let isRestart = true; !signal.aborted && !failed.signal.aborted && reconnectAfterMs === undefined; isRestart = false) {
      waiting = new AbortController();
      while (inFlight.bytes >= windowBytes && !waiting.signal.aborted) await changed.wait(patienceMs(), failed.signal);
      await report(isRestart, patienceMs(), failed.signal);
    }
  }

  /** How long to wait before the next look at the age of what is on its way. Throws when that is too old. */
  function patienceMs(): number {
    const { oldestAtMs } = inFlight;
    if (oldestAtMs === undefined) return readWaitMs;
    const leftMs = oldestAtMs + acknowledgeTimeoutMs - clock.monotonicMs();
    if (leftMs > 0) return Math.min(readWaitMs, Math.ceil(leftMs));
    throw new AppError("PEER_UNREACHABLE", `the collector has not acknowledged a report for ${acknowledgeTimeoutMs / 1000} s`);
  }

  /** Sends what is there, waits a little for acknowledgements, and says goodbye. */
  async function leave(): Promise<void> {
    using deadline = createDeadline(clock, drainMs, failed.signal, new AppError("ABORTED", "leaving took too long"));
    try {
      while ((await report(false, 0, deadline.signal)) > 0 || again.length > 0) {
        while (inFlight.bytes >= windowBytes && again.length === 0) await changed.wait(drainMs, deadline.signal);
      }
      while (inFlight.count > 0) await changed.wait(drainMs, deadline.signal);
    } catch (thrown) {
      if (failed.signal.aborted) return;
      // What is not acknowledged stays in the spool.
      logger.debug(
        { reason: AppError.from(thrown).message, inFlight: inFlight.count },
        "left before everything was acknowledged",
      );
    }
    using last = createDeadline(clock, goodbyeMs, failed.signal, new AppError("ABORTED", "the goodbye took too long"));
    const heard = new Promise<void>((resolve) => last.signal.addEventListener("abort", () => resolve(), { once: true }));
    const goodbye = create(GoodbyeSchema, { reason: GoodbyeReason.STOPPED });
    await stream.send({ case: "goodbye", value: goodbye }, last.signal).catch(() => undefined); // it would have been a courtesy
    stream.finish();
    // The collector answers the end with its own; without it the goodbye might still be in our buffers when the connection closes.
    await Promise.race([stream.ended.catch(() => undefined), heard]);
  }

  if (helloAck.acknowledged.length > 0) await spool.acknowledge(helloAck.acknowledged);
  if (helloAck.intervals !== undefined) await spool.setIntervals(helloAck.intervals);
  options.onConnected();
  inbox.open((message) => void handle(message).catch(fail));
  stream.ended.catch(fail);
  signal.addEventListener("abort", wake, { once: true });
  try {
    await sendReports();
    failed.signal.throwIfAborted();
    if (signal.aborted) await leave();
  } catch (thrown) {
    throw AppError.from(failed.signal.aborted ? failed.signal.reason : thrown);
  } finally {
    signal.removeEventListener("abort", wake);
  }
  return signal.aborted ? { kind: "stopped" } : { kind: "reconnect", afterMs: reconnectAfterMs ?? 0 };
}
