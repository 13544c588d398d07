/**
 * Who is greeted now, who waits in line, and who is asked to come back. When thousands of agents dial at once, each is quick to greet, but all
 * their facts at once would hold up those that are connected. So only some are newcomers at a time: from their greeting until their first
 * report is on the disk. As many as will have their turn soon wait on their open stream, which is cheaper than dialling twice; the others come
 * back about when it will be theirs.
 */
import type { Clock } from "@nodekeeper/shared";
import { createRateLimit, type Rate } from "./rate-limit.ts";

/** A newcomer's place. To be given back when it is settled, or gone; giving it back twice does nothing. */
export type Place = Disposable;

/** What a newcomer is told. */
export type Turn = { readonly kind: "enter"; readonly place: Place } | { readonly kind: "away"; readonly afterMs: number };

/** The line. */
export interface Admission {
  /**
   * Resolves at the agent's turn, or at once when it should come back. Rejects when the agent leaves before its turn. A `node` that was proven and
   * comes again and again is asked to come back later: each time costs a question to the store and lines of the log.
   */
  ask(signal: AbortSignal, node?: string): Promise<Turn>;
  readonly newcomers: number;
  readonly waiting: number;
}

/** What the line needs. */
export interface AdmissionOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly limits?: Partial<AdmissionLimits>;
}

/** Bounds of the line. */
export interface AdmissionLimits {
  /** Newcomers at a time. Each brings up to a report of facts, a few ms of work. */
  readonly maximumNewcomers: number;
  /** Nobody waits in line for longer: agents give up after ten seconds without an answer. */
  readonly maximumWaitMs: number;
}

const defaultLimits: AdmissionLimits = { maximumNewcomers: 64, maximumWaitMs: 8_000 };
/** What is expected of a second before anything was measured. */
const expectedPerSecond = 100;
/** The pace is that of about so many newcomers. */
const paceMemory = 64;
/** Whoever is asked to come back comes at its time give or take this part of it. */
const jitter = 0.25;
/** An agent whose network is ill comes a few times a minute, and one that is restarted by a broken service every second. */
const ratePerNode: Rate = { burst: 120, perMinute: 60 };
const tooOftenMs = 30_000;
const minimumAwayMs = 1_000;
const maximumAwayMs = 5 * 60_000;

/** An empty line. */
export function createAdmission({ clock, random, limits }: AdmissionOptions): Admission {
  const { maximumNewcomers, maximumWaitMs } = { ...defaultLimits, ...limits };
  const comings = createRateLimit(clock, ratePerNode);
  const line = new Set<(turn: Turn) => void>();
  let newcomers = 0;
  /** Time between two that are settled, while others wait. */
  let paceMs = 1_000 / expectedPerSecond;
  let settledAtMs: number | undefined;
  /** When those who were asked to come back have all had their turn. */
  let promisedUntilMs = 0;

  function enter(): Turn {
    newcomers += 1;
    let isGiven = false;
    return {
      kind: "enter",
      place: {
        [Symbol.dispose]() {
          if (isGiven) return;
          isGiven = true;
          settled();
        },
      },
    };
  }

  function settled(): void {
    newcomers -= 1;
    const nowMs = clock.monotonicMs();
    if (settledAtMs !== undefined && line.size > 0) paceMs += (nowMs - settledAtMs - paceMs) / paceMemory;
    settledAtMs = line.size > 0 ? nowMs : undefined;
    const [next] = line;
    if (next === undefined) return;
    line.delete(next);
    next(enter());
  }

  /** The times of those who are away follow each other at the pace at which agents can be greeted. */
  function away(): Turn {
    const nowMs = clock.monotonicMs();
    promisedUntilMs = Math.max(promisedUntilMs, nowMs + line.size * paceMs) + paceMs;
    const afterMs = (promisedUntilMs - nowMs) * (1 - jitter + 2 * jitter * random());
    return { kind: "away", afterMs: Math.round(Math.min(maximumAwayMs, Math.max(minimumAwayMs, afterMs))) };
  }

  return {
    ask(signal, node) {
      if (node !== undefined && !comings.take(node)) return Promise.resolve({ kind: "away", afterMs: tooOftenMs });
      if (newcomers < maximumNewcomers) return Promise.resolve(enter());
      if ((line.size + 1) * paceMs > maximumWaitMs) return Promise.resolve(away());
      const { promise, resolve, reject } = Promise.withResolvers<Turn>();
      line.add(resolve);
      const leave = (): void => {
        if (line.delete(resolve)) reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      return promise.finally(() => signal.removeEventListener("abort", leave));
    },
    get newcomers() {
      return newcomers;
    },
    get waiting() {
      return line.size;
    },
  };
}
