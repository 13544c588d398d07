/** Numbers of steps of time, of the newest so many. Times are ms since 1970; the number of a step is how many of its length have passed since then. */

/** The numbers of some steps that follow each other. All are 0 until they are written. A class, since a large fleet has a hundred thousand of them. */
export class StepRing {
  /** The newest step that was written; undefined until one was. */
  newest: number | undefined;
  readonly #numbers: Float32Array;
  readonly #count: number;
  readonly #width: number;

  /** `count` steps, of `width` numbers each. */
  constructor(count: number, width: number) {
    this.#numbers = new Float32Array(count * width);
    this.#count = count;
    this.#width = width;
  }

  /** The numbers of a step, to be read and written. A step before all that are kept means that the clock was set back: nothing else is kept then. */
  cell(step: number): Float32Array {
    if (this.newest === undefined || Math.abs(step - this.newest) >= this.#count) {
      this.#numbers.fill(0);
      this.newest = step;
    }
    for (; this.newest < step; this.newest += 1) this.#at(this.newest + 1).fill(0);
    return this.#at(step);
  }

  /** The same without a trace; undefined where nothing is kept of the step. */
  read(step: number): Float32Array | undefined {
    const { newest } = this;
    return newest === undefined || step > newest || step <= newest - this.#count ? undefined : this.#at(step);
  }

  #at(step: number): Float32Array {
    const begin = (step % this.#count) * this.#width;
    return this.#numbers.subarray(begin, begin + this.#width);
  }
}

/** A time as parts of steps: which step, and how much of it. Nothing where the time ends before it begins. */
export function* partsOf(
  fromMs: number,
  untilMs: number,
  stepMs: number,
): Generator<{ readonly step: number; readonly partMs: number }> {
  for (let at = fromMs; at < untilMs; ) {
    const step = Math.floor(at / stepMs);
    const endsAtMs = Math.min(untilMs, (step + 1) * stepMs);
    yield { step, partMs: endsAtMs - at };
    at = endsAtMs;
  }
}
