/**
 * The part of the spool that lies on the disk: append-only files, the oldest deleted first. It is written only while the collector does not
 * answer, and at shutdown. Its methods do I/O one after the other: the caller must not overlap them.
 */
import { type FileHandle, open, readdir, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { AckLog, ackLogMaximumBytes } from "./ack-log.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { type Entry, fullSizeOf } from "./entry.ts";
import type { Moment } from "./moment.ts";
import { RangeSet } from "./range-set.ts";
import { type Dropped, Segment } from "./segment.ts";
import { factsKey, readSegment, recordFrame, segmentHeader } from "./segment-format.ts";

/** Where and how much. */
export interface DiskOptions {
  readonly directory: string;
  readonly epoch: string;
  /** Of all files together. */
  readonly maximumBytes: number;
}

/** What an earlier life left. */
export interface Inheritance {
  /** What could not be read, and was cut off. */
  readonly damaged: readonly Dropped[];
  /** The newest unacknowledged observation of each probe, in the order of their sequence. */
  readonly newest: readonly Entry[];
}

/** What was taken for a batch. */
export interface Picked {
  readonly entries: readonly Entry[];
  /** What turned out to be unreadable. */
  readonly damaged: readonly Dropped[];
}

/** See above. */
export class DiskBacklog {
  readonly #options: DiskOptions;
  readonly #acks: AckLog;
  #segments: readonly Segment[] = [];
  #current: Current | undefined;
  #cache: { readonly segment: Segment; readonly entries: readonly Entry[] } | undefined;
  #nextNumber = 1;

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#acks = new AckLog(options.directory);
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segmentBytes() + this.#acks.bytes;
  }

  /** Observations that are not acknowledged. */
  get count(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.live.size, 0);
  }

  holds(sequence: number): boolean {
    return this.#segments.some((segment) => segment.live.has(sequence));
  }

  /** Reads what an earlier life left. To be called once, first. */
  async inherit(nowMs: number): Promise<Inheritance> {
    const damaged: Dropped[] = [];
    const newest = new Map<string, Entry>();
    for (const number of await segmentNumbers(this.#options.directory)) {
      const entries = await this.#adopt(number, nowMs, damaged);
      for (const entry of entries) if (entry.sequence > (newest.get(entry.probe)?.sequence ?? 0)) newest.set(entry.probe, entry);
    }
    await this.#forget(await this.#acks.inherit());
    const open = [...newest.values()].filter((entry) => this.holds(entry.sequence));
    return { damaged, newest: open.sort((a, b) => a.sequence - b.sequence) };
  }

  /** Writes entries and waits until they are on the disk. Gives back what had to go to make room; throws when nothing can be written. */
  async append(entries: readonly Entry[]): Promise<readonly Dropped[]> {
    const dropped: Dropped[] = [];
    try {
      for (const entry of entries) {
        const current = await this.#fileFor(entry, dropped);
        if (current === undefined) continue; // larger than all the room there is: it stays in memory
        const bytes = recordFrame(entry, current.facts.has(factsKey(entry)));
        await writeWhole(current.file, bytes, current.segment.bytes);
        current.facts.add(factsKey(entry));
        current.segment.bytes += bytes.length;
        current.segment.include(entry);
      }
      await this.#current?.file.datasync();
      return dropped;
    } catch (thrown) {
      await this.#abandonCurrent();
      throw thrown;
    } finally {
      this.#cache = undefined;
    }
  }

  /** What is neither acknowledged nor given nor excluded, from new to old, as far as the budget goes. */
  async pick(budget: ByteBudget, given: RangeSet, isExcluded: (sequence: number) => boolean): Promise<Picked> {
    const entries: Entry[] = [];
    const damaged: Dropped[] = [];
    for (const segment of this.#segments.toReversed()) {
      if (given.coversAll(segment.live)) continue;
      for (const entry of (await this.#entriesOf(segment, damaged)).toReversed()) {
        if (!segment.live.has(entry.sequence) || given.has(entry.sequence) || isExcluded(entry.sequence)) continue;
        if (!budget.take(fullSizeOf(entry))) return { entries, damaged };
        entries.push(entry);
      }
    }
    this.#cache = undefined;
    return { entries, damaged };
  }

  /** Forgets observations; files that hold nothing else are deleted. */
  async acknowledge(sequences: RangeSet): Promise<void> {
    if (!(await this.#forget(sequences))) return;
    if (this.#segments.length > 0) await this.#acks.append(sequences);
  }

  /** Deletes the files that hold nothing young enough. */
  async dropOlder(isTooOld: (moment: Moment) => boolean): Promise<readonly Dropped[]> {
    const old = this.#segments.filter((segment) => segment.newest !== undefined && isTooOld(segment.newest));
    const dropped: Dropped[] = [];
    for (const segment of old) dropped.push(await this.#delete(segment));
    return dropped;
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.file.close();
  }

  /** Takes over a file of an earlier life, up to where it is good. */
  async #adopt(number: number, nowMs: number, damaged: Dropped[]): Promise<readonly Entry[]> {
    const segment = new Segment(segmentPath(this.#options.directory, number));
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    const bytes = await readFile(segment.path);
    const { epoch, entries, goodBytes } = readSegment(bytes);
    const isOurs = epoch === this.#options.epoch;
    if (!isOurs || goodBytes < bytes.length) {
      const fromMs = (isOurs ? entries.at(-1) : entries[0])?.observedAtMs ?? nowMs;
      const observationCount = isOurs ? 1 : Math.max(1, entries.length);
      damaged.push({ sequences: new RangeSet(), fromMs: Math.min(fromMs, nowMs), untilMs: nowMs, observationCount });
    }
    if (!isOurs || entries.length === 0) {
      await rm(segment.path);
      return [];
    }
    if (goodBytes < bytes.length) await truncate(segment.path, goodBytes);
    for (const entry of entries) segment.include(entry);
    segment.bytes = goodBytes;
    this.#segments = [...this.#segments, segment];
    return entries;
  }

  /** Tells whether there was anything to forget. */
  async #forget(sequences: RangeSet): Promise<boolean> {
    const touched = this.#segments.filter((segment) => segment.live.deleteAll(sequences));
    for (const segment of touched) if (segment.live.isEmpty) await this.#delete(segment);
    if (this.#segments.length === 0 && this.#acks.bytes > 0) await this.#acks.delete();
    return touched.length > 0;
  }

  /** The file for an entry, with room made for it; undefined when it is larger than all the room there is. */
  async #fileFor(entry: Entry, dropped: Dropped[]): Promise<Current | undefined> {
    const size = fullSizeOf(entry) + maximumFramingBytes;
    const room = this.#options.maximumBytes - ackLogMaximumBytes;
    if (size > room) return undefined;
    const fullAt = Math.max(minimumSegmentBytes, Math.min(maximumSegmentBytes, room / 16));
    if (this.#current !== undefined && this.#current.segment.bytes + size > fullAt) await this.#finishCurrent();
    for (let oldest = this.#segments[0]; this.#segmentBytes() + size > room; oldest = this.#segments[0]) {
      if (oldest === undefined) return undefined;
      dropped.push(await this.#delete(oldest));
    }
    this.#current ??= await this.#create();
    return this.#current;
  }

  #segmentBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  async #create(): Promise<Current> {
    const segment = new Segment(segmentPath(this.#options.directory, this.#nextNumber));
    const header = segmentHeader(this.#options.epoch);
    const file = await open(segment.path, "wx", 0o600);
    this.#nextNumber++;
    try {
      await writeWhole(file, header, 0);
      await syncDirectory(this.#options.directory);
    } catch (thrown) {
      await file.close();
      await rm(segment.path, { force: true });
      throw thrown;
    }
    segment.bytes = header.length;
    this.#segments = [...this.#segments, segment];
    return { segment, file, facts: new Set() };
  }

  async #finishCurrent(): Promise<void> {
    await this.#current?.file.datasync();
    await this.close();
  }

  /** After a failed write: cuts off what was written in part; the next write begins a new file. */
  async #abandonCurrent(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    // What fails here is found by its checksum at the next start.
    await current.file.truncate(current.segment.bytes).catch(ignore);
    await current.file.close().catch(ignore);
    if (current.segment.live.isEmpty) await this.#delete(current.segment);
  }

  async #delete(segment: Segment): Promise<Dropped> {
    if (this.#current?.segment === segment) await this.close();
    if (this.#cache?.segment === segment) this.#cache = undefined;
    await rm(segment.path, { force: true });
    this.#segments = this.#segments.filter((each) => each !== segment);
    return segment.dropAllBut(new RangeSet());
  }

  async #entriesOf(segment: Segment, damaged: Dropped[]): Promise<readonly Entry[]> {
    if (this.#cache?.segment === segment) return this.#cache.entries;
    const { entries } = readSegment(await readFile(segment.path).catch(() => Buffer.alloc(0))); // unreadable is as good as damaged
    const found = RangeSet.of(entries.map((entry) => ({ first: entry.sequence, last: entry.sequence })));
    if (!found.coversAll(segment.live)) damaged.push(segment.dropAllBut(found));
    this.#cache = { segment, entries };
    return entries;
  }
}

/** The file that is being written. */
interface Current {
  readonly segment: Segment;
  readonly file: FileHandle;
  /** Facts that it holds. */
  readonly facts: Set<string>;
}

const maximumSegmentBytes = 1024 * 1024;
const minimumSegmentBytes = 16 * 1024;
/** Header of a file and of a frame, and the boot id in a record: together less than this. */
const maximumFramingBytes = 256;

function segmentPath(directory: string, number: number): string {
  return join(directory, `segment-${String(number).padStart(8, "0")}`);
}

async function segmentNumbers(directory: string): Promise<readonly number[]> {
  const numbers = (await readdir(directory)).map((name) => Number(/^segment-(\d{8,})$/.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

function ignore(): void {
  // See the caller.
}
