/** Time that passes as quickly as what it sets off: sleepers of one moment wake together, since weeks have many moments. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../packages/shared/src/index.ts";

interface Sleeper {
  readonly wakesAtMs: number;
  readonly wake: () => void;
}

/** A clock for simulations: `advanceTo` lets time pass up to a moment. */
export class WeekClock implements Clock {
  readonly #startMs: number;
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (): void => {
      this.#sleepers.delete(sleeper);
      reject(new DOMException("The operation was aborted", "AbortError"));
    };
    const sleeper: Sleeper = {
      wakesAtMs: this.#nowMs + Math.max(0, durationMs),
      wake: () => {
        signal.removeEventListener("abort", fail);
        resolve();
      },
    };
    if (signal.aborted) fail();
    else {
      signal.addEventListener("abort", fail, { once: true });
      this.#sleepers.add(sleeper);
    }
    return promise;
  }

  /** How many sleeps are under way. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass up to a moment; what sleepers set off runs at their time. */
  async advanceTo(atMs: number): Promise<void> {
    for (let nextMs = this.#nextMs(atMs); nextMs !== undefined; nextMs = this.#nextMs(atMs)) {
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      for (const sleeper of [...this.#sleepers]) {
        if (sleeper.wakesAtMs > this.#nowMs) continue;
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #nextMs(untilMs: number): number | undefined {
    let nextMs: number | undefined;
    for (const { wakesAtMs } of this.#sleepers) {
      if (wakesAtMs <= untilMs && (nextMs === undefined || wakesAtMs < nextMs)) nextMs = wakesAtMs;
    }
    return nextMs;
  }
}

/** Turns of the event loop from a change of the state to the findings that follow from it: told, evaluated, told. */
const settleTurns = 3;

/** Lets everything run that waits for no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < settleTurns; turn++) await setImmediate();
}
