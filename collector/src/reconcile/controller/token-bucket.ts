/** How fast the API server is written to: so many a second, with some at once after a rest. */
import type { Clock } from "@nodekeeper/shared";

/** A bucket of leaves to write. */
export interface TokenBucket {
  /** True where there was one, which is used up now. */
  take(): boolean;
  /** When there will be one again; 0: there is one. */
  nextInMs(): number;
}

/** A full bucket. */
export function createTokenBucket(
  clock: Clock,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): TokenBucket {
  let tokens = burst;
  let filledAtMs = clock.monotonicMs();

  function fill(): void {
    const nowMs = clock.monotonicMs();
    tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1000) * perSecond);
    filledAtMs = nowMs;
  }

  return {
    take() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    nextInMs() {
      fill();
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
    },
  };
}
