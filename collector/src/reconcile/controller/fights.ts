/**
 * Who undoes what we wrote, again and again, is let win for longer and longer: a cluster in which two writers fight for ever helps nobody. Pure. Counted
 * is each time that the same is written on the same object, the first included.
 */

/** What is remembered of an item that was written. Times are of the monotonic clock. */
export interface Fight {
  /** Of the object: what happens to another one of the same name is no fight. */
  readonly uid: string;
  readonly value: string | undefined;
  /** Who else wrote it last. */
  readonly manager: string;
  /** Writes of the last ten minutes. */
  readonly writesAtMs: readonly number[];
  /** How often the rest was doubled; 0: it is no fight. */
  readonly level: number;
  /** It is not written again before. */
  readonly untilMs: number;
}

/** So many times within ten minutes are chance, or a person who tries something: the first, and five repairs. */
const forgivenWrites = 6;
const windowMs = 600_000;
const firstRestMs = 60_000;
const longestRestMs = 3_600_000;

/** One write of an item. */
export type ItemWrite = Pick<Fight, "uid" | "value" | "manager">;

/** After one more write. */
export function afterWrite(before: Fight | undefined, write: ItemWrite, nowMs: number): Fight {
  const isSame = before !== undefined && before.uid === write.uid && before.value === write.value && !isOver(before, nowMs);
  const known = isSame ? before : undefined;
  const writesAtMs = [...(known?.writesAtMs ?? []), nowMs].filter((atMs) => atMs > nowMs - windowMs);
  const isFight = (known?.level ?? 0) > 0 || writesAtMs.length >= forgivenWrites;
  const level = isFight ? (known?.level ?? 0) + 1 : 0;
  return { ...write, writesAtMs, level, untilMs: level === 0 ? nowMs : nowMs + restMs(level) };
}

/** It was quiet for as long as we waited the last time, and ten minutes: what comes next is new. */
export function isOver({ level, untilMs, writesAtMs }: Fight, nowMs: number): boolean {
  return nowMs > (level === 0 ? (writesAtMs.at(-1) ?? 0) : untilMs + restMs(level)) + windowMs;
}

function restMs(level: number): number {
  return Math.min(longestRestMs, firstRestMs * 2 ** (level - 1));
}
