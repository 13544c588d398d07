/** Reads from the audit what was restricted just before this process started, so that a restart releases no brake. Until then nothing is restricted. */
import { type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { Store } from "../../store/store.ts";
import { readRestricted } from "./audit-records.ts";
import type { Brake } from "./brake.ts";

/** What it needs. */
export interface RecallOptions {
  readonly store: Pick<Store, "listAudit">;
  readonly brake: Pick<Brake, "remember">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onRead: () => void;
}

/** A reading under way. */
export interface Recall {
  /** Resolves when it was read, or is not wanted any more. */
  readonly ended: Promise<void>;
  problems(): readonly string[];
}

const retry: Backoff = { baseMs: 1_000, maximumMs: 30_000 };

/** Reads, and tries again where that fails. */
export function recallRestricted({ store, brake, clock, random, logger, signal, onRead }: RecallOptions): Recall {
  let problem: string | undefined;

  async function read(): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        brake.remember(await readRestricted(store, clock.wallMs()));
        problem = undefined;
        onRead();
        return;
      } catch (err) {
        problem = "which nodes were restricted lately cannot be read from the audit: nothing is restricted until it can";
        logger.warn({ err, attempt }, "the audit could not be read");
        await clock.sleep(backoffDelayMs(retry, attempt, random), signal).catch(() => undefined); // stopped
      }
    }
  }

  return { ended: read(), problems: () => (problem === undefined ? [] : [problem]) };
}
