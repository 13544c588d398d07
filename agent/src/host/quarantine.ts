/** Subjects that hung are left alone for a while: longer each time, and always while a call that was given up has not come back. */
import { AppError, backoffDelayMs, type Clock } from "@nodekeeper/shared";

/** Remembers who hung. */
export interface Quarantine {
  /** Throws HOST_QUARANTINED while the subject is to be left alone. */
  check(subject: string, what: string): void;
  /** The subject did not answer in time. */
  hung(subject: string): void;
  /** A call to the subject was given up and is still there; until it ends there is no second one. */
  givenUp(subject: string, ended: Promise<void>): void;
  /** The subject answered in time. */
  answered(subject: string): void;
}

/** A quarantine for one process; `random` gives 0 ≤ r < 1. */
export function createQuarantine(clock: Clock, random: () => number): Quarantine {
  const offences = new Map<string, { readonly count: number; readonly untilMs: number }>();
  const busy = new Set<string>();
  return {
    check: (subject, what) => {
      if (busy.has(subject)) throw new AppError("HOST_QUARANTINED", `did not ${what}: an earlier call has not ended yet`);
      const { count, untilMs } = offences.get(subject) ?? { count: 0, untilMs: 0 };
      const leftMs = untilMs - clock.monotonicMs();
      if (count === 0 || leftMs <= 0) return;
      const times = count === 1 ? "once" : `${count} times in a row`;
      throw new AppError(
        "HOST_QUARANTINED",
        `did not ${what}: it hung ${times} and is left alone for ${Math.ceil(leftMs / 1000)} s more`,
      );
    },
    hung: (subject) => {
      const count = (offences.get(subject)?.count ?? 0) + 1;
      offences.set(subject, { count, untilMs: clock.monotonicMs() + backoffDelayMs(patience, count, random) });
    },
    givenUp: (subject, ended) => {
      busy.add(subject);
      void ended.then(() => busy.delete(subject));
    },
    answered: (subject) => {
      offences.delete(subject);
    },
  };
}

/** After the first time about a minute, after the second four, and so on up to six hours. */
const patience = { baseMs: 60_000, maximumMs: 6 * 3_600_000 };
