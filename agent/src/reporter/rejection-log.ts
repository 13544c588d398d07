/** Tells of observations that the collector did not take as they were, but not of each when there are many. */
import type { Rejection } from "@nodekeeper/proto";
import type { Clock, Logger } from "@nodekeeper/shared";

/** Logs some, counts all. */
export type RejectionLog = (rejections: readonly Rejection[]) => void;

/** So many in a minute are told one by one; of the rest only how many they were. */
const toldPerMinute = 10;
const minuteMs = 60_000;

/** A log for the life of a reporter. */
export function createRejectionLog(clock: Clock, logger: Logger): RejectionLog {
  let minuteBeganMs = Number.NEGATIVE_INFINITY;
  let told = 0;
  let untold = 0;
  return (rejections) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - minuteBeganMs >= minuteMs) {
      if (untold > 0) logger.warn({ count: untold }, "the collector did not take more observations as they were");
      minuteBeganMs = nowMs;
      told = 0;
      untold = 0;
    }
    for (const { sequence, reason, isWhole } of rejections) {
      if (told < toldPerMinute) logger.warn({ sequence, reason, isWhole }, "the collector did not take an observation as it was");
      else untold += 1;
      told += 1;
    }
  };
}
