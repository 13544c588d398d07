/** Random numbers that can be had again: a failed run prints its seed, and the same seed kills at the same points of the test. */

export interface Random {
  readonly seed: number;
  /** From `from` up to but without `to`. */
  between(from: number, to: number): number;
}

/** `$NODEKEEPER_TEST_SEED`, or a new seed each time. */
export function createRandom(): Random {
  const given = process.env["NODEKEEPER_TEST_SEED"];
  const seed = given === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(given);
  let state = seed;
  // The generator "mulberry32": 32 bits of state are plenty to choose moments by.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, between: (from, to) => from + next() * (to - from) };
}
