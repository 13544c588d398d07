/** Time that passes only when a test says so. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** A Clock for tests: `advance` lets time pass and wakes sleepers in order, with everything that they set off in between. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #sleepers: readonly Sleeper[] = [];

  /** `wallMs` is the wall time at the start; the monotonic clock starts at 0. */
  constructor(wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(new DOMException("The operation was aborted", "AbortError"));
      };
      const sleeper: Sleeper = {
        wakesAtMs: this.#monotonicMs + Math.max(0, durationMs),
        wake: () => {
          signal.removeEventListener("abort", fail);
          resolve();
        },
      };
      if (signal.aborted) return fail();
      signal.addEventListener("abort", fail, { once: true });
      this.#sleepers = [...this.#sleepers, sleeper];
    });
  }

  /** How many sleeps are under way: zero at the end of a test that leaks no timer. */
  get sleeperCount(): number {
    return this.#sleepers.length;
  }

  /** Lets time pass. A sleeper that goes to sleep again in between wakes again, if its time comes. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + durationMs;
    await settle();
    for (let next = this.#nextUntil(untilMs); next !== undefined; next = this.#nextUntil(untilMs)) {
      this.#moveTo(next.wakesAtMs);
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      next.wake();
      await settle();
    }
    this.#moveTo(untilMs);
  }

  /** The wall clock jumps, as when NTP corrects it; no sleeper notices. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #nextUntil(untilMs: number): Sleeper | undefined {
    const due = this.#sleepers.filter((each) => each.wakesAtMs <= untilMs);
    return due.reduce<Sleeper | undefined>(
      (first, each) => (first !== undefined && first.wakesAtMs <= each.wakesAtMs ? first : each),
      undefined,
    );
  }
}

interface Sleeper {
  readonly wakesAtMs: number;
  readonly wake: () => void;
}

/** Enough turns of the event loop for chains of promises to run out; real I/O takes longer and is to be waited for by itself. */
const settleTurns = 4;

/** Lets everything run that waits for no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < settleTurns; turn++) await setImmediate();
}
