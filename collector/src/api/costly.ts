/** Work that is dear in a large fleet, and the same for all who ask: it is done again only after ten times as long as it took. */
import type { Clock } from "@nodekeeper/shared";

/** What takes less is done each time. */
const dearMs = 20;
const shareOfTime = 10;

/** Gives what `make` made, now or a little while ago. */
export function createCostly<Value>(clock: Pick<Clock, "monotonicMs">, make: () => Value): () => Value {
  let kept: { readonly value: Value; readonly untilMs: number } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (kept !== undefined && nowMs < kept.untilMs) return kept.value;
    const value = make();
    const costMs = clock.monotonicMs() - nowMs;
    kept = costMs < dearMs ? undefined : { value, untilMs: nowMs + costMs * (1 + shareOfTime) };
    return value;
  };
}
