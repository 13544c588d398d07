/** One stream from Hello to its end: reads the spool, sends reports within a window, passes on what comes back. */
import { create } from "@bufbuild/protobuf";
import {
  type Ack,
  AuthenticateSchema,
  type ConnectResponse,
  type GoodbyeReason,
  GoodbyeSchema,
  type NeedFull,
  type Observation,
} from "@nodekeeper/proto";
import {
  type Address,
  AppError,
  type Clock,
  createDeadline,
  createNotifier,
  type Logger,
  problemOfWatchedPeers,
} from "@nodekeeper/shared";
import type { Access } from "../access/access.ts";
import type { SpoolReader } from "../spool/spool.ts";
import { type Destination, openCollectorStream } from "./collector-stream.ts";
import { createHeldByCollector } from "./held-facts.ts";
import { type SelfDescription, sayHello } from "./hello.ts";
import { createInFlight } from "./in-flight.ts";
import { createInbox } from "./inbox.ts";
import { createOutbox, wantedReportBytes } from "./outbox.ts";
import type { RejectionLog } from "./rejection-log.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly destination: Destination;
  readonly self: SelfDescription;
  readonly spool: SpoolReader;
  readonly access: Access;
  /** Waits so long before the first report, so that those who come at the same time do not all speak at once. */
  readonly firstReportDelayMs: number;
  /** Why we leave, asked when we are stopped. */
  readonly stopReason: () => Promise<GoodbyeReason>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly logRejections: RejectionLog;
  /** Called when the collector has taken us in, and with each acknowledgement. */
  readonly onConnected: (address: Address) => void;
  readonly onAcknowledged: (count: number, rejectedCount: number) => void;
}

/** How a session ended that did not break. */
export type SessionEnd =
  | { readonly kind: "stopped" }
  /** The machine goes away: the goodbye was said. */
  | { readonly kind: "left" }
  /** The collector asks to dial again after this time. */
  | { readonly kind: "reconnect"; readonly afterMs: number };

/** Unacknowledged bytes on a stream; more waits in the spool. */
const windowBytes = 256 * 1024;
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
  const { destination, spool, access, clock, logger, self } = options;
  const inbox = createInbox();
  using stream = openCollectorStream(destination, inbox.put);
  const greeting = await sayHello({ stream, inbox, clock, self }, signal);
  if (greeting.kind === "reconnect") return greeting;
  const helloAck = greeting.ack;

  const limitBytes = Math.max(reportOverheadBytes, helloAck.maximumReportBytes || wantedReportBytes) - reportOverheadBytes / 2;
  const held = createHeldByCollector(helloAck.held, clock.monotonicMs());
  const inFlight = createInFlight();
  const changed = createNotifier(clock);
  const failed = new AbortController();
  let waiting = new AbortController();
  let again: readonly Observation[] = [];
  let reconnectAfterMs: number | undefined;
  let leaving: GoodbyeReason | undefined;
  let shown = destination.credential;
  const complaints = new Set<string>();
  const outbox = createOutbox({
    ...{ stream, spool, held, inFlight, limitBytes, clock, logger },
    onGivenUp: () => options.onAcknowledged(0, 1),
  });

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
      case "watchPeers":
        return await watchPeers(message.value.peerIds);
      case "reconnect":
        reconnectAfterMs = message.value.afterMs;
        return wake();
      case "trust":
        return keeping("what the collector told of itself", () => access.learn(message.value));
      case "newCredential":
        return keeping("a new credential", () => {
          if (access.keepSuccessor(message.value.credential)) return authenticate(message.value.credential);
          return undefined;
        });
      default:
        return; // a message of a newer collector
    }
  }

  /** The probing side would close our connection for what is impossible. */
  async function watchPeers(ids: readonly string[]): Promise<void> {
    const problem = problemOfWatchedPeers(ids);
    if (problem === undefined) return await spool.watchPeers(ids);
    if (isNewComplaint("peers")) logger.warn({ problem }, "the collector asks for peers that cannot be, it is not heeded");
  }

  /** One of a kind a stream is enough for the log. */
  function isNewComplaint(what: string): boolean {
    const isNew = !complaints.has(what);
    complaints.add(what);
    return isNew;
  }

  /** What cannot be kept is not used, and costs no stream: the collector tells it again. */
  async function keeping(what: string, keep: () => Promise<void> | undefined | void): Promise<void> {
    try {
      await keep();
    } catch (thrown) {
      const { code, message } = AppError.from(thrown);
      if (failed.signal.aborted) throw thrown;
      if (isNewComplaint(what)) logger.warn({ what, code, reason: message }, "what the collector sent cannot be kept");
    }
  }

  async function authenticate(credential: string): Promise<void> {
    shown = credential;
    const value = create(AuthenticateSchema, { credential });
    await stream.send({ case: "authenticate", value }, failed.signal);
  }

  /** Tokens are replaced under us, and a machine is enrolled anew while we run. Ends with the stream. */
  async function renew(until: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(access.nextLookMs(), until);
      const renewal = access.renewal(shown);
      if (renewal.kind === "show") await authenticate(renewal.credential);
      if (renewal.kind !== "redial") continue;
      reconnectAfterMs = 0;
      return wake();
    }
  }

  async function acknowledge({ epoch, ranges, rejections }: Ack): Promise<void> {
    if (epoch !== self.epoch) return; // of another life of the spool: those numbers mean something else now
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
    await outbox.sendAgain(wanted, batch, until);
    if (batch.observations.length > 0) await outbox.send(batch, until);
    leaving = batch.leaving;
    return wanted.length + batch.observations.length;
  }

  async function sendReports(): Promise<void> {
    for (let isRestart = true; !signal.aborted && !failed.signal.aborted && !isOver(); isRestart = false) {
      waiting = new AbortController();
      while (inFlight.bytes >= windowBytes && !waiting.signal.aborted) await changed.wait(patienceMs(), failed.signal);
      await report(isRestart, patienceMs(), failed.signal);
    }
  }

  function isOver(): boolean {
    return reconnectAfterMs !== undefined || leaving !== undefined;
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
  async function leave(reason: GoodbyeReason): Promise<void> {
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
    const goodbye = create(GoodbyeSchema, { reason });
    await stream.send({ case: "goodbye", value: goodbye }, last.signal).catch(() => undefined); // it would have been a courtesy
    stream.finish();
    // The collector answers the end with its own; without it the goodbye might still be in our buffers when the connection closes.
    await Promise.race([stream.ended.catch(() => undefined), heard]);
  }

  if (helloAck.acknowledged.length > 0) await spool.acknowledge(helloAck.acknowledged);
  if (helloAck.intervals !== undefined) await spool.setIntervals(helloAck.intervals);
  await keeping("which credential was taken", () => access.accepted(shown));
  options.onConnected(destination.address);
  inbox.open(handle, stream.resume).catch(fail);
  stream.ended.catch(fail);
  signal.addEventListener("abort", wake, { once: true });
  const over = new AbortController();
  renew(over.signal).catch((thrown: unknown) => {
    if (!over.signal.aborted) fail(thrown);
  });
  try {
    if (options.firstReportDelayMs > 0) await changed.wait(options.firstReportDelayMs, failed.signal);
    await sendReports();
    failed.signal.throwIfAborted();
    if (signal.aborted) await leave(await options.stopReason());
    else if (leaving !== undefined) await leave(leaving);
  } catch (thrown) {
    throw AppError.from(failed.signal.aborted ? failed.signal.reason : thrown);
  } finally {
    over.abort();
    signal.removeEventListener("abort", wake);
  }
  if (signal.aborted) return { kind: "stopped" };
  return leaving === undefined ? { kind: "reconnect", afterMs: reconnectAfterMs ?? 0 } : { kind: "left" };
}
