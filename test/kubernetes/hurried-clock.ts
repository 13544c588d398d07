/** A clock for tests that wait for what takes minutes in the field. */
import { type Clock, systemClock } from "../../packages/shared/src/index.ts";

/** On which everything takes a part of its time. */
export function hurriedClock(factor: number): Clock {
  return {
    wallMs: systemClock.wallMs,
    monotonicMs: () => systemClock.monotonicMs() * factor,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / factor, signal),
  };
}
