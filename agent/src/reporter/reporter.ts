/** Keeps a stream to a collector: dials the addresses in order, dials again with patience when it breaks, and says how it stands. */
import { type Address, AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { SpoolReader } from "../spool/spool.ts";
import { runSession } from "./session.ts";

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
  /** Wall time since which it is (not) connected. */
  readonly sinceMs: number;
  /** Wall time of the last acknowledgement; undefined before the first. */
  readonly lastAcknowledgedAtMs: number | undefined;
  readonly acknowledgedCount: number;
  readonly rejectedCount: number;
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

/** Makes the reporter; nothing is dialled before `run`. */
export function createReporter(options: ReporterOptions): Reporter {
  const { spool, addresses, clock, random, logger } = options;
  let status: ReporterStatus = {
    isConnected: false,
    sinceMs: clock.wallMs(),
    lastAcknowledgedAtMs: undefined,
    acknowledgedCount: 0,
    rejectedCount: 0,
    connectCount: 0,
    problem: "not connected yet",
  };

  function update(change: Partial<ReporterStatus>): void {
    status = { ...status, ...change };
  }

  async function run(signal: AbortSignal): Promise<void> {
    // Counts since the collector last acknowledged something: a stream that breaks after that was a good one.
    let attempt = 0;
    for (let round = 0; !signal.aborted; round += 1) {
      const address = addresses[round % addresses.length] ?? addresses[0];
      attempt += 1;
      const delayMs = await dial(address);
      await clock.sleep(delayMs, signal).catch(() => undefined); // aborted: the loop ends
    }

    async function dial(address: Address): Promise<number> {
      try {
        const end = await runSession(
          {
            address,
            spool,
            clock,
            logger,
            onConnected: () => {
              logger.info({ collector: address }, "connected to the collector");
              update({ isConnected: true, sinceMs: clock.wallMs(), connectCount: status.connectCount + 1, problem: undefined });
            },
            onAcknowledged: (count, rejectedCount) => {
              attempt = 0;
              update({
                lastAcknowledgedAtMs: clock.wallMs(),
                acknowledgedCount: status.acknowledgedCount + count,
                rejectedCount: status.rejectedCount + rejectedCount,
              });
            },
          },
          signal,
        );
        disconnected(end.kind === "reconnect" ? "the collector asked to dial again" : "stopped");
        return end.kind === "reconnect" ? end.afterMs : 0;
      } catch (thrown) {
        return failed(address, AppError.from(thrown));
      }
    }

    function failed(address: Address, error: AppError): number {
      const isRefused = error.code === "PEER_REFUSED" || error.code === "PROTOCOL_VERSION";
      const delayMs = backoffDelayMs(isRefused ? refusedBackoff : backoff, Math.max(1, attempt), random);
      // A collector that restarts is no news; one that stays away, or says no, is.
      const tell = isRefused || (attempt > 2 && status.problem !== error.message) ? logger.warn : logger.info;
      if (!signal.aborted)
        tell.call(logger, { collector: address, err: error, delayMs }, "no stream to the collector, trying again");
      disconnected(error.message);
      return delayMs;
    }
  }

  function disconnected(problem: string): void {
    update({ isConnected: false, problem, ...(status.isConnected ? { sinceMs: clock.wallMs() } : {}) });
  }

  return { run, status: () => status };
}
