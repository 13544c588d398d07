/** What the store has of an epoch, before its agent is greeted. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Progress } from "./progress.ts";
import type { SessionContext } from "./session-context.ts";

/** A Hello is answered after so long even if the store is slow: health goes before sparing the agent a repetition. */
const spansTimeoutMs = 2_000;

/** What loading needs. */
export interface LoadSpansOptions extends Pick<SessionContext, "committedSpans"> {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Learns from the store what of the epoch is committed; a store that is slow or fails costs a repetition, no more. Rejects when aborted. */
export async function loadSpans(progress: Progress, options: LoadSpansOptions, over: AbortSignal): Promise<void> {
  const load = options.committedSpans(progress.node, progress.epoch).then(
    (spans) => {
      for (const span of spans) progress.done.add(span.first, span.last);
    },
    (err) => options.logger.warn({ err }, "the store does not say what is committed, the agent may send it again"),
  );
  const patience = new AbortController();
  const signal = AbortSignal.any([over, patience.signal]);
  await Promise.race([load, options.clock.sleep(spansTimeoutMs, signal)]).finally(() => patience.abort());
}
