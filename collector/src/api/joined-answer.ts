/** An answer that is joined from one part for each machine. What a machine's part is follows from the machine alone, so that it is made once. */
import { type Clock, createTurns } from "@nodekeeper/shared";

/** How it is made. */
export interface JoinedAnswerOptions<Machine, Part, Whole> {
  readonly partOf: (machine: Machine) => Part;
  readonly join: (parts: readonly Part[]) => Whole;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Told how long it took each time, in ms. */
  readonly onMade: (costMs: number) => void;
}

/**
 * The answer about these machines; the same while they are the same array. Made in slices. While it is made, those who ask are given the one before, where
 * that was begun after `notBefore` (on the monotonic clock, ms).
 */
export type JoinedAnswer<Machine, Whole> = (machines: readonly Machine[], notBeforeMs: number) => Promise<Whole>;

/** Nothing is made before somebody asks. */
export function createJoinedAnswer<Machine, Part, Whole>({
  partOf,
  join,
  clock,
  onMade,
}: JoinedAnswerOptions<Machine, Part, Whole>): JoinedAnswer<Machine, Whole> {
  let parts: ReadonlyMap<Machine, Part> = new Map();
  let making: { readonly of: readonly Machine[]; readonly whole: Promise<Whole> } | undefined;
  let made: { readonly atMs: number; readonly whole: Whole } | undefined;

  async function make(machines: readonly Machine[]): Promise<Whole> {
    const atMs = clock.monotonicMs();
    const turns = createTurns(clock);
    await turns.next(); // others may have begun theirs in this turn of the event loop
    const now = new Map<Machine, Part>();
    for (const machine of machines) {
      const known = parts.get(machine);
      now.set(machine, known === undefined ? partOf(machine) : known);
      if (turns.isOver()) await turns.next();
    }
    parts = now;
    const whole = join([...now.values()]);
    made = { atMs, whole };
    onMade(turns.workedMs());
    return whole;
  }

  return async (machines, notBeforeMs) => {
    if (making?.of !== machines) making = { of: machines, whole: make(machines) };
    if (made === undefined || made.atMs <= notBeforeMs) return await making.whole;
    making.whole.catch(() => undefined); // told to whoever waits for it
    return made.whole;
  };
}
