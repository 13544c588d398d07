/** Brings the ways of machines to the store, the latest form of each, some seconds late: steps follow each other quickly. */
import { AppError, type Logger } from "@nodekeeper/shared";
import type { Store, StoredOnboarding } from "../store/store.ts";

/** What waits to be written. */
export interface OnboardingsKeeper {
  note(onboarding: StoredOnboarding): void;
  /** Writes what waits; what the store does not take waits for the next time. Never rejects. */
  flush(): Promise<void>;
}

/** Nothing waits. */
export function keepOnboardings(store: Pick<Store, "saveOnboardings">, logger: Logger): OnboardingsKeeper {
  const waiting = new Map<string, StoredOnboarding>();
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const batch = [...waiting.values()];
    if (batch.length === 0) return;
    waiting.clear();
    try {
      await store.saveOnboardings(batch);
    } catch (thrown) {
      for (const onboarding of batch) if (!waiting.has(onboarding.node)) waiting.set(onboarding.node, onboarding);
      const err = AppError.from(thrown, "STORE_FAILED");
      logger.warn({ err, waiting: waiting.size }, "the store did not take how far machines have come, trying again");
    }
  }

  return {
    note: (onboarding) => void waiting.set(onboarding.node, onboarding),
    flush() {
      writing = writing.then(write);
      return writing;
    },
  };
}
