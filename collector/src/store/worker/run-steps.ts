/** Runs long work in short slices, between which the event loop turns: messages are read and commits go through. */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { Steps } from "../engine/engine-context.ts";

/** A commit waits for a slice at most; a single step may go beyond it by its own length. */
const sliceMs = 10;

/** How long to rest after a slice, against its length: chores leave the processor to those who wait for an answer, also where there is but one. */
export const choreRest = 2;

/** Runs to the end; rejects with ABORTED as soon as the signal aborts, between two steps. Without `rest` only the event loop turns in between. */
export async function runSteps<Result>(steps: Steps<Result>, clock: Clock, signal: AbortSignal, rest = 0): Promise<Result> {
  for (;;) {
    const startedAtMs = clock.monotonicMs();
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (clock.monotonicMs() - startedAtMs < sliceMs);
    if (rest === 0) await nextTurn();
    else await clock.sleep((clock.monotonicMs() - startedAtMs) * rest, signal).catch(() => undefined); // aborted: told below
    if (signal.aborted) throw new AppError("ABORTED", "the store is being closed");
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
