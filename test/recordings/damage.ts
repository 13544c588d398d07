/** Damage to a recorded text, as a property test draws it. */
import fc from "fast-check";

/** What is done to a text. */
export interface Damage {
  /** Places and what is put there. */
  readonly bytes: readonly (readonly [number, number])[];
  readonly cutAt: number | null;
  readonly repeat: number;
}

/** Some damage. */
export const damage: fc.Arbitrary<Damage> = fc.record({
  bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
  cutAt: fc.option(fc.nat()),
  repeat: fc.constantFrom<number>(1, 1, 1, 2, 500),
});

/** The text with bytes changed, then cut off, then repeated. */
export function damaged(text: string, { bytes, cutAt, repeat }: Damage): string {
  const changed = Buffer.from(text);
  for (const [at, value] of bytes) if (changed.length > 0) changed[at % changed.length] = value;
  const cut = cutAt === null || changed.length === 0 ? changed : changed.subarray(0, cutAt % changed.length);
  return cut.toString("utf8").repeat(repeat);
}
