/**
 * Agents that were refused at the door, by the name in which they spoke: also under names of which no agent was ever let in, which the state knows
 * nothing of. In memory and bounded; what was said before this process is not known. Written by ingest/refusal-reports.ts.
 */

/** What one of them tried. */
export interface Attempt {
  /** Why it was refused: an error code. */
  readonly code: string;
  /** In one sentence, as the agent was told it. */
  readonly message: string;
  /** Address; its port is another each time. */
  readonly address: string;
  /** What it said of itself; empty where it did not say. Nobody proved it. */
  readonly machineId: string;
}

/** Attempts of the same machine for the same reason. */
export interface TurnedAwayAgent extends Attempt {
  readonly count: number;
  readonly lastAtMs: number;
  /** Between the last two; undefined after the first. */
  readonly gapMs: number | undefined;
}

/** Who was refused lately. */
export interface TurnedAway {
  /** In this name, newest first. */
  of(name: string): readonly TurnedAwayAgent[];
  /** Calls the listener at most once per turn of the event loop, with the names in which somebody was refused since its last call. */
  subscribe(listener: (names: readonly string[]) => void): Disposable;
}

/** The same for its only writer. */
export interface TurnedAwayBook extends TurnedAway {
  note(name: string, attempt: Attempt, atMs: number): void;
}

/** Names that are remembered, those of the last attempts; and machines of each. Whoever makes up names only makes others be forgotten. */
const maximumNames = 1_000;
const maximumOfName = 8;

/** Nobody was refused yet. */
export function createTurnedAway(): TurnedAwayBook {
  const byName = new Map<string, readonly TurnedAwayAgent[]>();
  const listeners = new Set<(names: readonly string[]) => void>();
  const changed = new Set<string>();

  function notify(): void {
    const names = [...changed];
    changed.clear();
    for (const listener of listeners) listener(names);
  }

  return {
    of: (name) => byName.get(name) ?? [],
    note(name, attempt, atMs) {
      const known = byName.get(name) ?? [];
      const isSame = (other: Attempt): boolean =>
        other.code === attempt.code && other.address === attempt.address && other.machineId === attempt.machineId;
      const before = known.find(isSame);
      const after: TurnedAwayAgent = {
        ...attempt,
        count: (before?.count ?? 0) + 1,
        lastAtMs: atMs,
        gapMs: before === undefined ? undefined : Math.max(0, atMs - before.lastAtMs),
      };
      byName.delete(name); // so that the order is that of the last attempts
      byName.set(name, [after, ...known.filter((other) => other !== before)].slice(0, maximumOfName));
      for (const [eldest] of byName) {
        if (byName.size <= maximumNames) break;
        byName.delete(eldest);
      }
      if (changed.size === 0) setImmediate(notify);
      changed.add(name);
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
