/**
 * Keeps calls that may block on hardware or on a dying disk from taking every thread of the pool: one call at a time for each subject, a few
 * in all, and a subject whose call hangs is refused at once until that call comes back.
 */
import { AppError, type Clock } from "@nodekeeper/shared";

/** One call that may block. */
export interface GuardedCall<Value> {
  /** What blocks together, e.g. the folder of one sensor chip. */
  readonly subject: string;
  /** What is done, for messages: "read /sys/class/hwmon/hwmon0/temp1_input". */
  readonly what: string;
  start(): Promise<Value>;
}

/** Lets calls through. */
export interface PoolGuard {
  call<Value>(guarded: GuardedCall<Value>): Promise<Value>;
}

/** Limits of a guard. */
export interface PoolGuardOptions {
  readonly clock: Clock;
  /** A call that takes longer hangs. Default 5 s. */
  readonly limitMs?: number;
  /** Calls at once, hanging ones included. Default 3: the pool has four threads, and one must stay for the rest of the process. */
  readonly slots?: number;
}

/** A guard for one process. */
export function createPoolGuard({ clock, limitMs = 5_000, slots = 3 }: PoolGuardOptions): PoolGuard {
  const hanging = new Set<string>();
  const tails = new Map<string, Promise<unknown>>();
  const waiting: Waiter[] = [];
  const watchdog = createWatchdog(clock, limitMs);
  let free = slots;

  const takeSlot = async ({ what }: GuardedCall<unknown>): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((enter, reject) => waiting.push({ enter, refuse: () => reject(hangElsewhere(what)) }));
  };
  const giveSlot = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next.enter();
  };
  const hangElsewhere = (what: string): AppError =>
    new AppError("HOST_QUARANTINED", `did not ${what}: ${hanging.size} calls hang elsewhere`);
  const refuseHanging = ({ subject, what }: GuardedCall<unknown>): void => {
    if (hanging.has(subject)) throw new AppError("HOST_QUARANTINED", `did not ${what}: an earlier call there still hangs`);
    if (hanging.size >= slots) throw hangElsewhere(what);
  };
  const perform = async <Value>(guarded: GuardedCall<Value>): Promise<Value> => {
    refuseHanging(guarded);
    await takeSlot(guarded);
    const answer = settled(guarded.start());
    const first = await watchdog.watch(answer);
    if (first !== "late") {
      giveSlot();
      return first();
    }
    hanging.add(guarded.subject);
    // Nobody knows whether a slot is ever given back: whoever waits for one is told as whoever comes now.
    if (hanging.size >= slots) for (const each of waiting.splice(0)) each.refuse();
    void answer.then(() => {
      hanging.delete(guarded.subject);
      giveSlot();
    });
    throw new AppError("HOST_READ_FAILED", `cannot ${guarded.what}: no answer within ${limitMs / 1000} s`);
  };

  return {
    call: (guarded) => {
      const before = tails.get(guarded.subject);
      const result = before === undefined ? perform(guarded) : before.then(() => perform(guarded));
      const tail = settled(result).then(() => {
        if (tails.get(guarded.subject) === tail) tails.delete(guarded.subject);
      });
      tails.set(guarded.subject, tail);
      return result;
    },
  };
}

interface Waiter {
  readonly enter: () => void;
  readonly refuse: () => void;
}

interface Watchdog {
  /** Waits for a promise that never rejects, but not longer than the limit. */
  watch<Value>(answer: Promise<Value>): Promise<Value | "late">;
}

/** One timer for all calls, in steps of a part of the limit and only while there are calls: a timer for each would cost more than the call. */
function createWatchdog(clock: Clock, limitMs: number): Watchdog {
  const watched = new Set<{ readonly sinceMs: number; readonly tooLate: () => void }>();
  const never = new AbortController().signal;
  let isRunning = false;

  const run = async (): Promise<void> => {
    isRunning = true;
    while (watched.size > 0) {
      await clock.sleep(limitMs / stepsPerLimit, never);
      const latestMs = clock.monotonicMs() - limitMs;
      for (const each of watched) if (each.sinceMs <= latestMs) each.tooLate();
    }
    isRunning = false;
  };

  return {
    watch: <Value>(answer: Promise<Value>) =>
      new Promise<Value | "late">((resolve) => {
        const entry = { sinceMs: clock.monotonicMs(), tooLate: (): void => end("late") };
        const end = (outcome: Value | "late"): void => {
          watched.delete(entry);
          resolve(outcome);
        };
        watched.add(entry);
        void answer.then(end);
        if (!isRunning) void run();
      }),
  };
}

const stepsPerLimit = 5;

/** How a promise ended, as a function that returns or throws it; never rejects. */
function settled<Value>(promise: Promise<Value>): Promise<() => Value> {
  return promise.then(
    (value) => () => value,
    (thrown: unknown) => () => {
      throw thrown;
    },
  );
}
