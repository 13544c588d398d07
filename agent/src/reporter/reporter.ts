/** Keeps a stream to a collector: dials the addresses in order, dials again with patience when it breaks, and says how it stands. */
import { type Address, AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { AgentDescription, SpoolReader } from "../spool/spool.ts";
import { createRejectionLog } from "./rejection-log.ts";
import { runSession, type SessionEnd } from "./session.ts";

/** What a reporter needs. */
export interface ReporterOptions {
  readonly spool: SpoolReader;
  /** Tried in order. */
  readonly addresses: readonly [Address, ...Address[]];
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
/** A stream that lasted so long was a good one: the next attempts begin quickly again. */
const goodStreamMs = 60_000;
/** However long a collector asks us to stay away. */
const maximumAwayMs = 3_600_000;

/** Makes the reporter; nothing is dialled before `run`. */
export function createReporter(options: ReporterOptions): Reporter {
  const { spool, addresses, clock, random, logger } = options;
  const logRejections = createRejectionLog(clock, logger);
  let attempt = 0;
  let status: ReporterStatus = {
    isConnected: false,
    sinceMs: clock.monotonicMs(),
    lastAcknowledgedAtMs: undefined,
    acknowledgedCount: 0,
    rejectedCount: 0,
    connectCount: 0,
    problem: "not connected yet",
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delayMs = await dialAll(signal);
      if (!signal.aborted) await clock.sleep(delayMs, signal).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** Dials one address after the other until one takes us in; how long to wait after it. */
  async function dialAll(signal: AbortSignal): Promise<number> {
    attempt += 1;
    let error: AppError | undefined;
    try {
      const description = await spool.describe(signal);
      for (const address of addresses) {
        const connectsBefore = status.connectCount;
        try {
          const end = await runSession(sessionOptions(address, description), signal);
          disconnected(end.kind === "reconnect" ? "the collector asked to dial again" : "stopped");
          return delayAfter(end);
        } catch (thrown) {
          const wasConnected = status.connectCount > connectsBefore;
          error = AppError.from(thrown);
          disconnected(error.message);
          if (wasConnected || signal.aborted) break;
        }
      }
    } catch (thrown) {
      error = AppError.from(thrown);
      disconnected(error.message);
    }
    return signal.aborted || error === undefined ? 0 : delayAfterFailure(error);
  }

  function sessionOptions(address: Address, description: AgentDescription): Parameters<typeof runSession>[0] {
    return {
      ...{ address, description, spool, clock, logger, logRejections },
      onConnected: () => {
        logger.info({ collector: address }, "connected to the collector");
        const connectCount = status.connectCount + 1;
        status = { ...status, isConnected: true, sinceMs: clock.monotonicMs(), connectCount, problem: undefined };
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

  function delayAfter(end: SessionEnd): number {
    attempt = 0;
    return end.kind === "reconnect" ? Math.min(maximumAwayMs, end.afterMs) : 0;
  }

  function delayAfterFailure(error: AppError): number {
    const isRefused = error.code === "PEER_REFUSED" || error.code === "PROTOCOL_VERSION";
    const delayMs = backoffDelayMs(isRefused ? refusedBackoff : backoff, attempt, random);
    // A collector that restarts is no news; one that stays away, or says no, is. It is told once, not with every attempt.
    const isNews = isRefused ? attempt === 1 : attempt === toldAttempt;
    const facts = { collectors: addresses, reason: error.message, code: error.code, attempt, delayMs };
    if (isNews) logger.warn(facts, isRefused ? "the collector refuses this agent" : "no collector can be reached");
    else logger.info(facts, "no stream to a collector, trying again");
    return delayMs;
  }

  function disconnected(problem: string): void {
    const nowMs = clock.monotonicMs();
    if (status.isConnected && nowMs - status.sinceMs >= goodStreamMs) attempt = 1;
    status = { ...status, isConnected: false, problem, ...(status.isConnected ? { sinceMs: nowMs } : {}) };
  }

  return { run, status: () => status };
}

/** The attempt from which on an unreachable collector is worth a warning: some ten seconds after it went. */
const toldAttempt = 4;
