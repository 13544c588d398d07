/** Keeps a stream to a collector: dials the addresses in order, dials again with patience when it breaks, and says how it stands. */
import { type Availability, GoodbyeReason } from "@nodekeeper/proto";
import { AppError, type Backoff, type Clock, createDeadline, fullJitterDelayMs, type Logger } from "@nodekeeper/shared";
import type { Access, Approach } from "../access/access.ts";
import { dialOrder, formatAddress } from "../access/addresses.ts";
import type { AgentDescription, SpoolReader } from "../spool/spool.ts";
import { explainFailure } from "./explain-failure.ts";
import type { SelfDescription } from "./hello.ts";
import { createRejectionLog } from "./rejection-log.ts";
import { runSession, type SessionEnd } from "./session.ts";

/** What a reporter needs. */
export interface ReporterOptions {
  readonly spool: SpoolReader;
  readonly access: Access;
  readonly availability: Availability;
  /** Whether the program that we run was replaced since we began. */
  readonly isUpgraded: () => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** How reporting stands, for health and metrics. */
export interface ReporterStatus {
  readonly isConnected: boolean;
  /** Since when it is (not) connected, on the monotonic clock. */
  readonly sinceMs: number;
  /** Wall time of the last acknowledgement; undefined before the first. */
  readonly lastAcknowledgedAtMs: number | undefined;
  readonly acknowledgedCount: number;
  readonly rejectedCount: number;
  /** Streams that a collector has taken. */
  readonly connectCount: number;
  /**
   * True while no collector answers, though one was dialled: not while one refuses us or asks us to come back later, nor while our own spool is not
   * there. After a stream that broke the next dial tells.
   */
  readonly isCollectorMissing: boolean;
  /** Why the last stream broke or could not be opened; undefined while connected. */
  readonly problem: string | undefined;
}

/** Reports until it is stopped. */
export interface Reporter {
  /** Runs until the signal aborts, then says goodbye; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  status(): ReporterStatus;
}

const backoff: Backoff = { baseMs: 500, maximumMs: 30_000 };
/** After a refusal that only a person can change, dialling again soon is noise. */
const refusedBackoff: Backoff = { baseMs: 30_000, maximumMs: 300_000 };
/** Whoever is kept out by another machine of its name comes in soon after that one has left; if it stays, dialling soon is noise again. */
const rivalBackoff: Backoff = { baseMs: 3_000, maximumMs: 3_000 };
const rivalAttempts = 200;
/** While we wait, the files that prove who we are are looked at so often. */
const lookEveryMs = 2_000;
/** A stream that lasted so long was a good one: the next attempts begin quickly again. */
const goodStreamMs = 60_000;
/** However long, or short, a collector asks us to stay away, and how much of it is added by chance. */
const maximumAwayMs = 3_600_000;
const minimumAwayMs = 1_000;
const awayJitter = 0.5;
/** A stream that is not the first one waits up to so long before its first report. */
const firstReportSpreadMs = 1_000;
/** A machine that woke dials again within this time. */
const wakeSpreadMs = 2_000;
/** How long the other side may look for the reason why we are stopped. */
const stopReasonMs = 1_000;

/** Makes the reporter; nothing is dialled before `run`. */
export function createReporter(options: ReporterOptions): Reporter {
  const { spool, access, clock, random, logger } = options;
  const logRejections = createRejectionLog(clock, logger);
  let attempt = 0;
  let refusals = 0;
  let lastGood: string | undefined;
  let toldRefusal: string | undefined;
  let status: ReporterStatus = {
    isConnected: false,
    sinceMs: clock.monotonicMs(),
    lastAcknowledgedAtMs: undefined,
    acknowledgedCount: 0,
    rejectedCount: 0,
    connectCount: 0,
    isCollectorMissing: false,
    problem: "not connected yet",
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await rest(await dialOnce(signal), signal);
    }
  }

  /** What somebody mends meanwhile (a token, an identity, an authority) is tried soon, and not when it would be our turn. */
  async function rest(delayMs: number, signal: AbortSignal): Promise<void> {
    const untilMs = clock.monotonicMs() + delayMs;
    for (let leftMs = delayMs; leftMs > 0 && !signal.aborted; leftMs = untilMs - clock.monotonicMs()) {
      await clock.sleep(Math.min(leftMs, lookEveryMs), signal).catch(() => undefined); // aborted: the loop ends
      if (access.isRenewed()) return;
    }
  }

  /** One round over all addresses; how long to wait after it. */
  async function dialOnce(signal: AbortSignal): Promise<number> {
    attempt += 1;
    const connectsBefore = status.connectCount;
    let isDialled = false;
    try {
      const approach = access.approach();
      const description = await describeSpool(signal);
      const nodeName = approach.nodeName ?? description.nodeName;
      isDialled = true;
      const end = await dialAll(approach, { ...description, nodeName, availability: options.availability }, signal);
      disconnected(endingOf(end), false);
      return await delayAfter(end, signal);
    } catch (thrown) {
      const error = AppError.from(thrown);
      const isUnanswered = isDialled && status.connectCount === connectsBefore;
      disconnected(error.message, isUnanswered && (!lasting.has(error.code) || error.code === "TLS_UNTRUSTED"));
      return signal.aborted ? 0 : delayAfterFailure(error);
    }
  }

  /** Nobody is dialled while the probing side is not there, which may be long: whether a collector is, is not known then. */
  async function describeSpool(signal: AbortSignal): Promise<AgentDescription> {
    const { isCollectorMissing } = status;
    status = { ...status, isCollectorMissing: false };
    const description = await spool.describe(signal);
    status = { ...status, isCollectorMissing };
    return description;
  }

  /** Dials one address after the other, with one credential after the other, until one takes us in. Throws the last reason. */
  async function dialAll(
    { addresses, trust, credentials }: Approach,
    self: SelfDescription,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    let error = new AppError("INTERNAL", "there is no address to dial");
    for (const address of dialOrder(addresses, lastGood)) {
      for (const credential of credentials) {
        const connectsBefore = status.connectCount;
        try {
          return await runSession({ ...sessionOptions(self), destination: { address, trust, credential } }, signal);
        } catch (thrown) {
          if (status.connectCount > connectsBefore || signal.aborted) throw thrown;
          error = await explainFailure(AppError.from(thrown), { address, trust, clock }, signal);
        }
        if (error.code !== "IDENTITY_REFUSED") break; // another credential would not help
      }
    }
    throw error;
  }

  function sessionOptions(self: SelfDescription): Omit<Parameters<typeof runSession>[0], "destination"> {
    return {
      ...{ self, spool, access, clock, logger, logRejections, stopReason },
      firstReportDelayMs: status.connectCount === 0 ? 0 : Math.round(firstReportSpreadMs * random()),
      onConnected: (address) => {
        logger.info({ collector: address }, "connected to the collector");
        lastGood = formatAddress(address);
        toldRefusal = undefined;
        refusals = 0;
        const connectCount = status.connectCount + 1;
        status = {
          ...status,
          isConnected: true,
          isCollectorMissing: false,
          sinceMs: clock.monotonicMs(),
          connectCount,
          problem: undefined,
        };
      },
      onAcknowledged: (count, rejectedCount) => {
        status = {
          ...status,
          lastAcknowledgedAtMs: clock.wallMs(),
          acknowledgedCount: status.acknowledgedCount + count,
          rejectedCount: status.rejectedCount + rejectedCount,
        };
      },
    };
  }

  /** The machine's reason goes before our own: an upgrade in the middle of a shutdown is one. */
  async function stopReason(): Promise<GoodbyeReason> {
    using deadline = createDeadline(
      clock,
      stopReasonMs,
      new AbortController().signal,
      new AppError("ABORTED", "no reason was found in time"),
    );
    const late = new Promise<GoodbyeReason>((resolve) => {
      deadline.signal.addEventListener("abort", () => resolve(GoodbyeReason.STOPPED), { once: true });
    });
    const reason = await Promise.race([spool.stopReason(deadline.signal).catch(() => GoodbyeReason.STOPPED), late]);
    return reason === GoodbyeReason.STOPPED && options.isUpgraded() ? GoodbyeReason.UPGRADE : reason;
  }

  async function delayAfter(end: SessionEnd, signal: AbortSignal): Promise<number> {
    attempt = 0;
    refusals = 0;
    switch (end.kind) {
      case "stopped":
        return 0;
      case "reconnect":
        return Math.round(Math.min(maximumAwayMs, Math.max(minimumAwayMs, end.afterMs)) * (1 + awayJitter * random()));
      case "left":
        await spool.departed(signal);
        return Math.round(wakeSpreadMs * random());
    }
  }

  function delayAfterFailure(error: AppError): number {
    const isRefused = lasting.has(error.code);
    // Counted apart: a collector that was away long and then refuses for a moment is asked again soon.
    refusals = isRefused ? refusals + 1 : 0;
    const isRival = error.code === "IDENTITY_CLONED" && refusals <= rivalAttempts;
    const delayMs = isRival
      ? fullJitterDelayMs(rivalBackoff, refusals, random)
      : isRefused
        ? fullJitterDelayMs(refusedBackoff, refusals, random)
        : fullJitterDelayMs(backoff, attempt, random);
    // A collector that restarts is no news; one that stays away, or says no, is. It is told once, not with every attempt.
    const isNews = isRefused ? toldRefusal !== error.message : attempt === toldAttempt;
    if (isRefused) toldRefusal = error.message;
    const facts = { reason: error.message, code: error.code, attempt, delayMs };
    if (isNews) logger.warn(facts, newsOf(error));
    else logger.info(facts, "no stream to a collector, trying again");
    return delayMs;
  }

  function disconnected(problem: string, isCollectorMissing: boolean): void {
    const nowMs = clock.monotonicMs();
    if (status.isConnected && nowMs - status.sinceMs >= goodStreamMs) attempt = 1;
    status = { ...status, isConnected: false, isCollectorMissing, problem, ...(status.isConnected ? { sinceMs: nowMs } : {}) };
  }

  return { run, status: () => status };
}

/** The attempt from which on an unreachable collector is worth a warning: some ten seconds after it went. */
const toldAttempt = 4;

/** What does not pass by itself soon. */
const lasting: ReadonlySet<string> = new Set([
  "PEER_REFUSED",
  "PROTOCOL_VERSION",
  "IDENTITY_REFUSED",
  "IDENTITY_MISMATCH",
  "IDENTITY_CLONED",
  "TLS_UNTRUSTED",
]);

function newsOf({ code }: AppError): string {
  if (code === "TLS_UNTRUSTED") return "the collector is not one that this agent trusts";
  return lasting.has(code) ? "the collector refuses this agent" : "no collector can be reached";
}

function endingOf(end: SessionEnd): string {
  switch (end.kind) {
    case "stopped":
      return "stopped";
    case "reconnect":
      return "dialling again, as was asked";
    case "left":
      return "the machine goes away";
  }
}
