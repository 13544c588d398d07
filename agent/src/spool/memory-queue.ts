/** The part of the spool that lies in memory: what was made lately, and always the newest unacknowledged observation of each probe. */
import { type Entry, entryOverheadBytes, type SharedFacts } from "./entry.ts";
import type { RangeSet } from "./range-set.ts";

/** Entries in the order of their sequence. */
export class MemoryQueue {
  readonly #entries = new Map<number, Entry>();
  readonly #newest = new Map<string, Entry>();
  readonly #facts = new Map<SharedFacts, number>();
  #bytes = 0;

  /** What the entries and their facts take. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** From the oldest to the newest. */
  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  has(sequence: number): boolean {
    return this.#entries.has(sequence);
  }

  /** Facts that an entry of this probe holds under this hash. */
  factsOf(probe: string, hash: string): SharedFacts | undefined {
    const newest = this.#newest.get(probe);
    return newest?.hash === hash ? newest.facts : undefined;
  }

  isNewest(entry: Entry): boolean {
    return this.#newest.get(entry.probe) === entry;
  }

  /** Adds an entry, whose sequence is above all others'. */
  add(entry: Entry): void {
    this.#entries.set(entry.sequence, entry);
    this.#newest.set(entry.probe, entry);
    this.#bytes += entry.bytes.length + entryOverheadBytes;
    if (entry.facts === undefined) return;
    const users = this.#facts.get(entry.facts) ?? 0;
    this.#facts.set(entry.facts, users + 1);
    if (users === 0) this.#bytes += entry.facts.bytes.length;
  }

  remove(entry: Entry): void {
    if (!this.#entries.delete(entry.sequence)) return;
    if (this.isNewest(entry)) this.#newest.delete(entry.probe);
    this.#bytes -= entry.bytes.length + entryOverheadBytes;
    if (entry.facts === undefined) return;
    const users = this.#facts.get(entry.facts) ?? 1;
    if (users > 1) this.#facts.set(entry.facts, users - 1);
    else this.#facts.delete(entry.facts);
    if (users === 1) this.#bytes -= entry.facts.bytes.length;
  }

  /** Removes what a condition holds for, but never the newest of its probe. */
  removeHistory(isWanted: (entry: Entry) => boolean): void {
    for (const entry of [...this.#entries.values()]) if (!this.isNewest(entry) && isWanted(entry)) this.remove(entry);
  }

  /** What has not been given: the newest of each probe first, then the rest, each part from new to old. */
  pick(given: RangeSet): readonly Entry[] {
    const open = [...this.#entries.values()].reverse().filter((entry) => !given.has(entry.sequence));
    return [...open.filter((entry) => this.isNewest(entry)), ...open.filter((entry) => !this.isNewest(entry))];
  }

  /** The oldest entry that may be dropped: never the newest of its probe, and only if none else remains one that was given. */
  droppable(given: RangeSet): Entry | undefined {
    let oldestGiven: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (this.isNewest(entry)) continue;
      if (!given.has(entry.sequence)) return entry;
      oldestGiven ??= entry;
    }
    return oldestGiven;
  }
}
