/** How often something may be done that costs more than asking for it. */
import type { Clock } from "@nodekeeper/shared";

/** True when it may be done now. */
export type Allowance = () => boolean;

/** So often at once, and then once in each such time. */
export function createAllowance(clock: Clock, burst: number, everyMs: number): Allowance {
  let left = burst;
  let countedAtMs = clock.monotonicMs();
  return () => {
    const earned = Math.floor((clock.monotonicMs() - countedAtMs) / everyMs);
    left = Math.min(burst, left + earned);
    countedAtMs += earned * everyMs;
    if (left === 0) return false;
    left -= 1;
    return true;
  };
}
