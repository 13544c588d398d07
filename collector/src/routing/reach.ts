/**
 * Whether a server answers, from its answers so far. Pure. Two answers make it up and two failures make it down, so that a lost packet is no change; who
 * came back must stay for a while before it is up again, longer each time, so that one that blinks changes the routes once and not each second.
 */
import type { Reach } from "./backend.ts";

/** What is remembered of a server. */
export interface ReachTrack {
  readonly reach: Reach;
  /** Answers, or failures, in a row. */
  readonly run: { readonly isGood: boolean; readonly count: number; readonly sinceMs: number };
  /** How often it went down lately; forgotten after it was up for long. */
  readonly fallCount: number;
}

/** So many in a row make it up or down. */
const needed = 2;
/** Who came back is up after so long without a failure; doubled with each fall. */
const firstProbationMs = 15_000;
const longestProbationMs = 300_000;
/** Up for so long, its falls are forgotten. */
const forgivenAfterMs = 600_000;

/** Nothing was asked yet. */
export const unasked: ReachTrack = {
  reach: { kind: "unknown", problem: "it was not asked yet" },
  run: { isGood: true, count: 0, sinceMs: 0 },
  fallCount: 0,
};

/** After an answer; `problem` is undefined for a good one. */
export function followReach(before: ReachTrack, problem: string | undefined, nowMs: number): ReachTrack {
  const isGood = problem === undefined;
  const isSameRun = before.run.count > 0 && before.run.isGood === isGood;
  // A clock that was set back must not make anybody wait for it.
  const run = {
    isGood,
    count: isSameRun ? before.run.count + 1 : 1,
    sinceMs: isSameRun ? Math.min(before.run.sinceMs, nowMs) : nowMs,
  };
  const { reach } = before;
  if (isGood) {
    if (reach.kind === "up") {
      const isForgiven = nowMs - reach.sinceMs >= forgivenAfterMs;
      return { reach, run, fallCount: isForgiven ? 0 : before.fallCount };
    }
    const isUp = run.count >= needed && nowMs - run.sinceMs >= probationMs(before.fallCount);
    return { reach: isUp ? { kind: "up", sinceMs: nowMs } : reach, run, fallCount: before.fallCount };
  }
  if (run.count < needed) return { reach, run, fallCount: before.fallCount };
  const sinceMs = reach.kind === "down" ? reach.sinceMs : run.sinceMs;
  const fallCount = reach.kind === "up" ? before.fallCount + 1 : before.fallCount;
  return { reach: { kind: "down", sinceMs, problem }, run, fallCount };
}

/** One that never fell is up at its second answer. */
function probationMs(fallCount: number): number {
  return fallCount === 0 ? 0 : Math.min(longestProbationMs, firstProbationMs * 2 ** (fallCount - 1));
}
