/**
 * What one sees of a Lease that others may hold, and when it is free. Pure. Clocks of others are never believed: a record is past its time when it has
 * not changed for that long while one looked, by one's own monotonic clock.
 */
import { isDeepStrictEqual } from "node:util";
import type { LeaseRecord } from "./lease-record.ts";

/** What was seen last. */
export interface LeaseSight {
  /** Undefined: there was no Lease. */
  readonly record: LeaseRecord | undefined;
  /** Until when, on the monotonic clock, somebody else may believe that it is theirs. */
  readonly othersUntilMs: number;
}

/** How long a Lease holds that does not say it; ours say the same. */
export const leaseDurationMs = 10_000;

/** Who looks, and when on the monotonic clock. */
export interface LeaseLook {
  readonly self: string;
  /** Whether it is one's own at this moment. */
  readonly isHolding: boolean;
  readonly nowMs: number;
}

/**
 * What is seen now, after what was seen before (undefined: nothing yet). A Lease that is gone, or lost its holder without having been given back, is
 * free at once for who holds it: whoever else may have held it meanwhile has not heard of that yet.
 */
export function seeLease(
  before: LeaseSight | undefined,
  record: LeaseRecord | undefined,
  { self, isHolding, nowMs }: LeaseLook,
): LeaseSight {
  const isOwn = record?.holder === self;
  if (isOwn || (record !== undefined && isGivenBack(record))) return { record, othersUntilMs: nowMs };
  if (before !== undefined && isDeepStrictEqual(before.record, record)) return before;
  if (record?.holder !== undefined) return { record, othersUntilMs: nowMs + durationMs(record) };
  const isAsMade = before === undefined && record !== undefined;
  return { record, othersUntilMs: isHolding || isAsMade ? nowMs : nowMs + leaseDurationMs };
}

/** The same after another writer was first: whoever it was may hold it now, although what was written was not seen yet. */
export function seeRival(before: LeaseSight | undefined, { self, nowMs }: LeaseLook): LeaseSight | undefined {
  if (before === undefined || before.record?.holder === self) return before;
  return { ...before, othersUntilMs: Math.max(before.othersUntilMs, nowMs + leaseDurationMs) };
}

/** Of the record of somebody who stopped in order. */
export const givenBackSeconds = 1;

function isGivenBack({ holder, durationSeconds }: LeaseRecord): boolean {
  return holder === undefined && durationSeconds === givenBackSeconds;
}

function durationMs({ durationSeconds = 0 }: LeaseRecord): number {
  return durationSeconds > 0 ? durationSeconds * 1_000 : leaseDurationMs;
}
