/**
 * What the spool had to drop, in statements that are repeated until a report that carried them is acknowledged. A statement that was given
 * away is never changed again, so that the collector can tell a repetition from a further loss.
 */
import { create } from "@bufbuild/protobuf";
import { type Loss, LossSchema } from "@nodekeeper/proto";
import type { RangeSet } from "./range-set.ts";

/** Why observations were dropped; stands in Loss.reason. */
export type LossReason = "spool_full" | "too_old" | "spool_damaged" | "agent_killed";

/** Observations that will never come. */
export interface LossStatement {
  readonly reason: LossReason;
  readonly fromMs: number;
  readonly untilMs: number;
  /** 0: not known how many. */
  readonly observationCount: number;
}

/** All reasons, for reading them back. */
export const lossReasons: readonly LossReason[] = ["spool_full", "too_old", "spool_damaged", "agent_killed"];

/** The statements of one spool. */
export class LossLedger {
  #statements: readonly Entry[];
  #rides: readonly Ride[] = [];
  #total = 0;
  #isDirty = false;

  /** Starts with what an earlier life could not deliver. */
  constructor(earlier: readonly LossStatement[] = []) {
    this.#statements = earlier.map((statement) => ({ statement, wasGiven: true }));
  }

  /** Observations lost since this process began, as far as their number is known. */
  get total(): number {
    return this.#total;
  }

  /** All that are not acknowledged. */
  get statements(): readonly LossStatement[] {
    return this.#statements.map((entry) => entry.statement);
  }

  /** Whether `statements` changed since this was last asked. */
  takeDirty(): boolean {
    const isDirty = this.#isDirty;
    this.#isDirty = false;
    return isDirty;
  }

  record(loss: LossStatement): void {
    const others = this.#statements.filter((entry) => entry.statement.reason !== loss.reason);
    const same = this.#statements.filter((entry) => entry.statement.reason === loss.reason);
    const given = same.filter((entry) => entry.wasGiven);
    // Given ones stay as they are, unless a collector that never answers makes them pile up.
    const merged = given.length >= maximumGivenOfAReason ? same : same.filter((entry) => !entry.wasGiven);
    const statement = merged.reduce((sum, entry) => join(sum, entry.statement), loss);
    this.#statements = [...others, ...same.filter((entry) => !merged.includes(entry)), { statement, wasGiven: false }];
    this.#total += loss.observationCount;
    this.#isDirty = true;
  }

  /** The statements for a batch with these observations. */
  give(sequences: RangeSet): readonly Loss[] {
    if (this.#statements.length === 0) return [];
    this.#statements = this.#statements.map(({ statement }) => ({ statement, wasGiven: true }));
    this.#rides = [...this.#rides, { sequences, statements: this.statements }];
    return this.statements.map(lossMessage);
  }

  /** Forgets the statements that rode with any of these observations. */
  settle(acknowledged: RangeSet): void {
    const arrived = this.#rides.filter((ride) => ride.sequences.intersects(acknowledged));
    if (arrived.length === 0) return;
    this.#rides = this.#rides.filter((ride) => !arrived.includes(ride));
    this.#statements = this.#statements.filter((entry) => !arrived.some((ride) => ride.statements.includes(entry.statement)));
    this.#isDirty = true;
  }

  /** The stream is a new one: batches that were under way count no more. */
  forgetRides(): void {
    this.#rides = [];
  }
}

interface Entry {
  readonly statement: LossStatement;
  readonly wasGiven: boolean;
}

interface Ride {
  readonly sequences: RangeSet;
  readonly statements: readonly LossStatement[];
}

const maximumGivenOfAReason = 8;

function join(a: LossStatement, b: LossStatement): LossStatement {
  return {
    reason: a.reason,
    fromMs: Math.min(a.fromMs, b.fromMs),
    untilMs: Math.max(a.untilMs, b.untilMs),
    observationCount: a.observationCount + b.observationCount,
  };
}

function lossMessage(loss: LossStatement): Loss {
  return create(LossSchema, {
    fromUnixMs: BigInt(Math.round(loss.fromMs)),
    untilUnixMs: BigInt(Math.round(loss.untilMs)),
    observationCount: Math.min(loss.observationCount, 0xffff_ffff),
    reason: loss.reason,
  });
}
