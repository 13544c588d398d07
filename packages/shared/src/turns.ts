/**
 * Long work in slices, so that a process answers others meanwhile. All of a process's long work is in one queue: between any two slices, of whatever work,
 * the event loop does what waits.
 */
import type { Clock } from "./clock.ts";

/** The slices of one piece of work. */
export interface Turns {
  /** Whether the slice is used up: then `next` is due. */
  isOver(): boolean;
  /** Lets the event loop do what waits, and begins another slice when it is its turn. */
  next(): Promise<void>;
  /** Time that the slices took so far together, in ms. */
  workedMs(): number;
}

/** A slice, in ms: what waits behind it is hardly noticed. */
const defaultSliceMs = 4;
/** A process has one event loop, and so one queue. */
const waiting: (() => void)[] = [];

/** The first slice begins now. */
export function createTurns(clock: Pick<Clock, "monotonicMs">, sliceMs: number = defaultSliceMs): Turns {
  let beganAtMs = clock.monotonicMs();
  let beforeMs = 0;
  const sliceAgeMs = (): number => clock.monotonicMs() - beganAtMs;
  return {
    isOver: () => sliceAgeMs() >= sliceMs,
    async next() {
      beforeMs += sliceAgeMs();
      await turn();
      beganAtMs = clock.monotonicMs();
    },
    workedMs: () => beforeMs + sliceAgeMs(),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

/** What was waited for goes on when this returns. */
function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}
