/** Subjects that hung are left alone for a while: longer each time, and always while a call that was given up has not come back. */
import { AppError, backoffDelayMs, type Clock } from "@nodekeeper/shared";

/** Remembers who hung. */
export interface Quarantine {
  /** Throws HOST_QUARANTINED while the subject is to be left alone. */
  check(subject: string, what: string): void;
  /** The subject hung; its call was given up, and is still there until `freed`. */
  hung(subject: string): void;
  /** The call that was given up has come back. */
  freed(subject: string): void;
  /** The subject answered in time. */
  answered(subject: string): void;
}

/** A quarantine for one process; `random` gives 0 ≤ r < 1. */
export function createQuarantine(clock: Clock, random: () => number): Quarantine {
  const cases = new Map<string, Case>();
  return {
    check: (subject, what) => {
      const found = cases.get(subject);
      if (found === undefined) return;
      if (found.isBusy) throw new AppError("HOST_QUARANTINED", `did not ${what}: an earlier call hangs and cannot be ended`);
      const leftMs = found.untilMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      const times = found.count === 1 ? "once" : `${found.count} times in a row`;
      throw new AppError(
        "HOST_QUARANTINED",
        `did not ${what}: it hung ${times} and is left alone for ${Math.ceil(leftMs / 1000)} s more`,
      );
    },
    hung: (subject) => {
      const count = (cases.get(subject)?.count ?? 0) + 1;
      const untilMs = clock.monotonicMs() + backoffDelayMs(patience, count, random);
      cases.set(subject, { count, untilMs, isBusy: true });
    },
    freed: (subject) => {
      const found = cases.get(subject);
      if (found !== undefined) cases.set(subject, { ...found, isBusy: false });
    },
    answered: (subject) => cases.delete(subject),
  };
}

interface Case {
  readonly count: number;
  readonly untilMs: number;
  readonly isBusy: boolean;
}

/** After the first time about a minute, after the second four, and so on up to six hours. */
const patience = { baseMs: 60_000, maximumMs: 6 * 3_600_000 };
