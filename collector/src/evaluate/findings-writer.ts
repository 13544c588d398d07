/** Brings findings to the store, the latest form of each, again and again until the store takes them. */
import { AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Store } from "../store/store.ts";

/** Writes in the background. Disposing it tries once more. */
export interface FindingsWriter extends AsyncDisposable {
  write(findings: readonly Finding[]): void;
}

/** What the writer needs. */
export interface FindingsWriterOptions {
  readonly store: Pick<Store, "saveFindings">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const backoff: Backoff = { baseMs: 500, maximumMs: 30_000 };

/** Starts with nothing to write. */
export function createFindingsWriter({ store, clock, random, logger }: FindingsWriterOptions): FindingsWriter {
  const waiting = new Map<string, Finding>();
  const stopping = new AbortController();
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    for (let attempt = 0; waiting.size > 0; ) {
      const batch = [...waiting.values()];
      waiting.clear();
      try {
        await store.saveFindings(batch);
        attempt = 0;
      } catch (thrown) {
        for (const finding of batch) if (!waiting.has(finding.id)) waiting.set(finding.id, finding);
        const err = AppError.from(thrown, "STORE_FAILED");
        logger.warn({ err, waiting: waiting.size }, "the store did not take findings, trying again");
        if (stopping.signal.aborted) return;
        attempt += 1;
        await clock.sleep(backoffDelayMs(backoff, attempt, random), stopping.signal).catch(() => undefined); // a last try follows
      }
    }
  }

  return {
    write(findings) {
      for (const finding of findings) waiting.set(finding.id, finding);
      if (writing === undefined && waiting.size > 0) {
        writing = writeAll().finally(() => {
          writing = undefined;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await (writing ?? writeAll());
    },
  };
}
