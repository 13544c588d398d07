/** One stream from Hello to its end: reads the spool, sends reports within a window, passes acknowledgements back. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Ack,
  type ConnectResponse,
  GoodbyeReason,
  type HelloAck,
  type NeedFull,
  type Observation,
  ObservationSchema,
  ReportSchema,
} from "@nodekeeper/proto";
import { type Address, AppError, type Clock, createDeadline, createNotifier, type Logger, wireVersion } from "@nodekeeper/shared";
import type { SpoolBatch, SpoolReader } from "../spool/spool.ts";
import { type CollectorStream, openCollectorStream } from "./collector-stream.ts";
import { createHeldByCollector, type HeldByCollector } from "./held-facts.ts";
import { createInFlight } from "./in-flight.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly address: Address;
  readonly spool: SpoolReader;
  readonly clock: Clock;
  readonly logger: Logger;
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
const reportBytes = 64 * 1024;
/** A collector takes us in within this time, or is not there. */
const helloTimeoutMs = 10_000;
/** A report that is not acknowledged after this time: the stream is as good as dead. */
const acknowledgeTimeoutMs = 60_000;
const readWaitMs = 5_000;
/** Stopping waits so long for what was sent to be acknowledged. */
const drainMs = 3_000;

/** Runs one stream. Resolves when it was stopped or sent away, rejects with AppError when it broke. */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<SessionEnd> {
  const { address, spool, clock, logger } = options;
  const inbox = createInbox();
  using stream = openCollectorStream(address, inbox.put);
  const inFlight = createInFlight();
  const settled = createNotifier(clock);
  const failed = new AbortController();
  let again: readonly Observation[] = [];
  let reconnectAfterMs: number | undefined;

  const helloAck = await sayHello(options, stream, inbox, signal);
  const held = createHeldByCollector(helloAck.held, clock.monotonicMs());
  if (helloAck.acknowledged.length > 0) await spool.acknowledge(helloAck.acknowledged);
  if (helloAck.intervals !== undefined) await spool.setIntervals(helloAck.intervals);
  options.onConnected();
  inbox.open((message) => {
    handle(message).catch((thrown: unknown) => failed.abort(AppError.from(thrown)));
  });
  stream.ended.catch((thrown: unknown) => failed.abort(thrown));

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
        return settled.notify();
      default:
        return; // a message of a newer collector
    }
  }

  async function acknowledge(ack: Ack): Promise<void> {
    inFlight.settle(ack.ranges);
    await spool.acknowledge(ack.ranges);
    for (const { sequence, reason, isWhole } of ack.rejections) {
      logger.warn({ sequence, reason, isWhole }, "the collector did not take an observation as it was");
    }
    const count = ack.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    options.onAcknowledged(count, ack.rejections.length);
    settled.notify();
  }

  function needFull(wish: NeedFull): void {
    held.forget(wish.probe, wish.factsHash);
    again = [...again, ...inFlight.take(wish.ranges)];
    settled.notify();
  }

  async function sendReports(): Promise<void> {
    const both = AbortSignal.any([signal, failed.signal]);
    let isRestart = true;
    while (reconnectAfterMs === undefined && !both.aborted) {
      checkAge();
      if (inFlight.bytes >= windowBytes) {
        await settled.wait(readWaitMs, both);
        continue;
      }
      const batch = await nextBatch(isRestart, readWaitMs, both);
      isRestart = false;
      if (batch !== undefined) await sendReport(batch, both);
    }
  }

  function checkAge(): void {
    const { oldestAtMs } = inFlight;
    if (oldestAtMs === undefined || clock.monotonicMs() - oldestAtMs < acknowledgeTimeoutMs) return;
    throw new AppError("PEER_UNREACHABLE", `the collector has not acknowledged a report for ${acknowledgeTimeoutMs / 1000} s`);
  }

  /** What the collector wants again, else what is new; undefined when there is nothing. */
  async function nextBatch(isRestart: boolean, waitMs: number, until: AbortSignal): Promise<SpoolBatch | undefined> {
    const maximumBytes = Math.min(reportBytes, helloAck.maximumReportBytes || reportBytes);
    const batch = await spool.read({ isRestart, maximumBytes, waitMs: again.length > 0 ? 0 : waitMs, signal: until });
    const observations = [...again, ...batch.observations];
    again = [];
    return observations.length === 0 && batch.losses.length === 0 ? undefined : { ...batch, observations };
  }

  async function sendReport(batch: SpoolBatch, until: AbortSignal): Promise<void> {
    const nowMs = clock.monotonicMs();
    const observations = batch.observations.map((observation) => noteAndShorten(observation, held, nowMs));
    const { losses, sentAtMs, sentUptimeMs } = batch;
    const clocks = { sentAtUnixMs: BigInt(Math.round(sentAtMs)), sentUptimeMs: BigInt(Math.round(sentUptimeMs)) };
    const report = create(ReportSchema, { observations: [...observations], losses: [...losses], ...clocks });
    await stream.send({ case: "report", value: report }, until);
  }

  function noteAndShorten(observation: Observation, heldNow: HeldByCollector, nowMs: number): Observation {
    const short = heldNow.shorten(observation, nowMs);
    inFlight.add(observation, toBinary(ObservationSchema, short).length, nowMs);
    return short;
  }

  /** Sends what is there, waits a little for acknowledgements, and says goodbye. */
  async function leave(): Promise<void> {
    using deadline = createDeadline(clock, drainMs, failed.signal, new AppError("ABORTED", "leaving took too long"));
    try {
      const batch = await nextBatch(false, 0, deadline.signal);
      if (batch !== undefined) await sendReport(batch, deadline.signal);
      while (inFlight.count > 0) await settled.wait(drainMs, deadline.signal);
    } catch {
      // What is not acknowledged stays in the spool.
    }
    if (failed.signal.aborted) return;
    await stream.send(
      { case: "goodbye", value: { $typeName: "nodekeeper.v1alpha1.Goodbye", reason: GoodbyeReason.STOPPED } },
      failed.signal,
    );
    stream.finish();
    // The collector answers the end with its own; without it the goodbye might still be in our buffers when the connection closes.
    await Promise.race([stream.ended.catch(() => undefined), clock.sleep(drainMs, failed.signal).catch(() => undefined)]);
  }

  try {
    await sendReports();
  } catch (thrown) {
    if (failed.signal.aborted) throw AppError.from(failed.signal.reason);
    if (!signal.aborted) throw AppError.from(thrown);
  }
  if (failed.signal.aborted) throw AppError.from(failed.signal.reason);
  if (reconnectAfterMs !== undefined && !signal.aborted) return { kind: "reconnect", afterMs: reconnectAfterMs };
  await leave();
  return { kind: "stopped" };
}

/** Messages wait in it until somebody handles them. */
interface Inbox {
  readonly put: (message: ConnectResponse["message"]) => void;
  /** The first message; whoever waits for it gets it. */
  readonly first: Promise<ConnectResponse["message"]>;
  open(handle: (message: ConnectResponse["message"]) => void): void;
}

function createInbox(): Inbox {
  const waiting: ConnectResponse["message"][] = [];
  const { promise: first, resolve } = Promise.withResolvers<ConnectResponse["message"]>();
  let hasFirst = false;
  let handler: ((message: ConnectResponse["message"]) => void) | undefined;
  return {
    first,
    put(message) {
      if (!hasFirst) {
        hasFirst = true;
        resolve(message);
      } else if (handler === undefined) waiting.push(message);
      else handler(message);
    },
    open(handle) {
      handler = handle;
      for (const message of waiting.splice(0)) handle(message);
    },
  };
}

async function sayHello(options: SessionOptions, stream: CollectorStream, inbox: Inbox, signal: AbortSignal): Promise<HelloAck> {
  const { spool, clock } = options;
  const late = new AppError("PEER_UNREACHABLE", `the collector did not answer within ${helloTimeoutMs / 1000} s`);
  using deadline = createDeadline(clock, helloTimeoutMs, signal, late);
  const { probes, ...self } = await spool.describe(deadline.signal);
  await stream.send(
    {
      case: "hello",
      value: { $typeName: "nodekeeper.v1alpha1.Hello", ...self, wireVersion, capabilities: [], probes: [...probes] },
    },
    deadline.signal,
  );
  const answer = await Promise.race([inbox.first, stream.ended, rejectOnAbort(deadline.signal)]);
  if (answer.case === "helloAck") return answer.value;
  if (answer.case === "reconnect") throw new AppError("PEER_REFUSED", "the collector asks to come back later");
  throw new AppError("PROTOCOL_VIOLATION", `the collector answered Hello with ${answer.case ?? "an unknown message"}`);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(AppError.from(signal.reason)), { once: true }));
}
