/** Gives sequence numbers, each below a reservation that is already on the disk. */

/** What is needed to give numbers. */
export interface SequenceOptions {
  /** Every number up to this one may have been given in an earlier life. */
  readonly reservedUntil: number;
  /** How many are reserved at a time. */
  readonly blockSize: number;
  /** Makes a new upper bound durable. Throws when it cannot. */
  readonly reserve: (until: number) => void;
}

/** The largest number that fits the wire. */
export const maximumSequence = 0xffff_ffff;

/** Numbers of one epoch, in ascending order, from 1. */
export class SequenceSource {
  readonly #options: SequenceOptions;
  #last: number;
  #reservedUntil: number;

  constructor(options: SequenceOptions) {
    this.#options = options;
    this.#last = options.reservedUntil;
    this.#reservedUntil = options.reservedUntil;
  }

  /** The last number that was given, in this life or one before it. */
  get last(): number {
    return this.#last;
  }

  /** The durable upper bound. */
  get reservedUntil(): number {
    return this.#reservedUntil;
  }

  /** Reserves the next block before this one runs out. Throws when that is not possible. */
  renew(): void {
    if (this.#reservedUntil - this.#last > this.#options.blockSize / 2) return;
    const until = Math.min(maximumSequence, this.#reservedUntil + this.#options.blockSize);
    if (until === this.#reservedUntil) return;
    this.#options.reserve(until);
    this.#reservedUntil = until;
  }

  /** The next number. Throws when none is reserved and none can be. */
  next(): number {
    if (this.#last === this.#reservedUntil) this.renew();
    if (this.#last === this.#reservedUntil) throw new Error("the sequence numbers of this epoch are used up");
    this.#last++;
    return this.#last;
  }
}
