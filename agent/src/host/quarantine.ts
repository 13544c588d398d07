/**
 * Subjects that hung are left alone for a while: longer each time, and always while a call that was given up has not come back. So are USB
 * devices that the kernel had to reset while we spoke to them.
 */
import { AppError, type Backoff, backoffDelayMs, type Clock } from "@nodekeeper/shared";

/** How long a subject that hung is left alone. */
export interface Patience extends Backoff {
  /** From so many hangs in a row on it is left alone for `longRestMs`. */
  readonly maximumHangs?: number;
}

/** Remembers who hung. */
export interface Quarantine {
  /** Throws HOST_QUARANTINED while the subject is to be left alone. */
  check(subject: string, what: string): void;
  /** A call to the subject begins. */
  begun(subject: string): void;
  /** The subject did not answer in time. */
  hung(subject: string, patience: Patience): void;
  /** A call to the subject was given up and is still there; until it ends there is no second one. */
  givenUp(subject: string, ended: Promise<void>): void;
  /** The subject answered in time. */
  answered(subject: string): void;
  /** The subject was reset, so long ago. It is left alone if that came of a call of ours: during it, or within 5 s after it. */
  resetSeen(subject: string, agoMs: number): void;
  /** How many subjects are remembered. */
  size(): number;
}

/** How long those rest that have hung too often, or were reset by our doing. */
export const longRestMs: number = 24 * 3_600_000;

/** Without any news of a subject for so long, its hangs are forgotten. */
const memoryMs = 7 * longRestMs;
/** A bridge that stumbles over a command is reset by the kernel within so long. */
const resetAfterCallMs = 5_000;

interface Record {
  hangs: number;
  /** When it may be asked again, and why not before; 0 and empty where nothing speaks against it. */
  untilMs: number;
  because: string;
  begunAtMs: number;
  /** Infinity while a call is under way. */
  endedAtMs: number;
  isBusy: boolean;
  touchedAtMs: number;
}

/** A quarantine for one process; `random` gives 0 ≤ r < 1. */
export function createQuarantine(clock: Clock, random: () => number): Quarantine {
  const records = new Map<string, Record>();
  const now = (): number => clock.monotonicMs();

  const recordOf = (subject: string): Record => {
    const known = records.get(subject);
    const record = known ?? { ...unknownSubject };
    record.touchedAtMs = now();
    records.set(subject, record);
    return record;
  };
  /** Names come and go: what has nothing against it, or was not heard of for long, is forgotten. */
  const forgetOld = (): void => {
    for (const [subject, { hangs, untilMs, endedAtMs, isBusy, touchedAtMs }] of records) {
      const isClean = hangs === 0 && untilMs <= now() && now() - endedAtMs > resetAfterCallMs;
      if (!isBusy && (isClean || now() - touchedAtMs > memoryMs)) records.delete(subject);
    }
  };

  return {
    check: (subject, what) => {
      const { isBusy, untilMs, because } = records.get(subject) ?? unknownSubject;
      if (isBusy) throw new AppError("HOST_QUARANTINED", `did not ${what}: an earlier call has not ended yet`);
      const leftMs = untilMs - now();
      if (leftMs <= 0) return;
      throw new AppError(
        "HOST_QUARANTINED",
        `did not ${what}: ${because} and is left alone for ${Math.ceil(leftMs / 1000)} s more`,
      );
    },
    begun: (subject) => {
      forgetOld();
      const record = recordOf(subject);
      record.begunAtMs = now();
      record.endedAtMs = Number.POSITIVE_INFINITY;
    },
    hung: (subject, patience) => {
      const record = recordOf(subject);
      record.hangs += 1;
      const isTooOften = record.hangs >= (patience.maximumHangs ?? Number.POSITIVE_INFINITY);
      record.untilMs = now() + (isTooOften ? longRestMs : backoffDelayMs(patience, record.hangs, random));
      record.because = `it hung ${record.hangs === 1 ? "once" : `${record.hangs} times in a row`}`;
    },
    givenUp: (subject, ended) => {
      const record = recordOf(subject);
      record.isBusy = true;
      void ended.then(() => {
        record.isBusy = false;
        record.endedAtMs = now();
      });
    },
    answered: (subject) => {
      const record = recordOf(subject);
      record.hangs = 0;
      record.endedAtMs = now();
    },
    resetSeen: (subject, agoMs) => {
      const record = records.get(subject);
      if (record === undefined) return;
      const resetAtMs = now() - agoMs;
      if (resetAtMs < record.begunAtMs || resetAtMs > record.endedAtMs + resetAfterCallMs) return;
      record.untilMs = Math.max(record.untilMs, now() + longRestMs);
      record.because = "it was reset by the kernel when it was asked";
    },
    size: () => records.size,
  };
}

const unknownSubject: Readonly<Record> = {
  hangs: 0,
  untilMs: 0,
  because: "",
  begunAtMs: Number.POSITIVE_INFINITY,
  endedAtMs: Number.POSITIVE_INFINITY,
  isBusy: false,
  touchedAtMs: 0,
};
