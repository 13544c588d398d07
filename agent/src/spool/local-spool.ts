/**
 * The spool itself: memory first, the disk when the collector has not acknowledged for a while and at shutdown. What has to be dropped is
 * stated as a loss; the newest observation of each probe is never dropped.
 */
import { type Clock, createMutex, createNotifier, type Logger } from "@nodekeeper/shared";
import { ByteBudget } from "./byte-budget.ts";
import type { DiskBacklog } from "./disk-backlog.ts";
import { DiskTrouble } from "./disk-trouble.ts";
import { type Entry, entryOf, fullSizeOf, observationOf, spanOf } from "./entry.ts";
import type { LossLedger, LossReason } from "./loss-ledger.ts";
import { MemoryQueue } from "./memory-queue.ts";
import { ageMs, type Moment, type SpoolTime } from "./moment.ts";
import { RangeSet } from "./range-set.ts";
import type { Dropped } from "./segment.ts";
import type { SequenceSource } from "./sequence-source.ts";
import type { NewObservation, ReadOptions, SpoolBatch, SpoolWriter } from "./spool.ts";

/** How much the spool may hold. */
export interface SpoolLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly maximumAgeMs: number;
  /** What is not acknowledged after this time is written to the disk. */
  readonly spillAfterMs: number;
}

/** The parts that openSpool puts together. */
export interface SpoolParts {
  readonly epoch: string;
  readonly bootId: string;
  readonly limits: SpoolLimits;
  readonly clock: Clock;
  readonly time: () => Promise<SpoolTime>;
  readonly logger: Logger;
  readonly sequences: SequenceSource;
  readonly losses: LossLedger;
  readonly disk: DiskBacklog;
  /** What an earlier life left as the newest of each probe. */
  readonly inherited: readonly Entry[];
  /** Makes epoch, reservation and losses durable. */
  readonly save: (isClean: boolean) => void;
}

/** For health, metrics and the agent's own subject. */
export interface SpoolStatus {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Not acknowledged. */
  readonly observationCount: number;
  /** Since this process began. */
  readonly lostCount: number;
  /** Acknowledgements of what was never given. */
  readonly ignoredAckCount: number;
  /** Why nothing can be written to the disk; undefined while that works, or is not needed. */
  readonly problem: string | undefined;
}

/** See above. */
export class LocalSpool implements SpoolWriter {
  readonly #parts: SpoolParts;
  readonly #memory = new MemoryQueue();
  readonly #exclusive = createMutex();
  readonly #appended;
  readonly #pressed;
  /** Given since the stream began. */
  readonly #given = new RangeSet();
  /** Given in this life, or assigned in one before it. */
  readonly #everGiven: RangeSet;
  readonly #trouble: DiskTrouble;
  #ignoredAckCount = 0;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    this.#trouble = new DiskTrouble(parts.logger);
    this.#appended = createNotifier(parts.clock);
    this.#pressed = createNotifier(parts.clock);
    this.#everGiven = RangeSet.of(parts.sequences.last > 0 ? [{ first: 1, last: parts.sequences.last }] : []);
    for (const entry of parts.inherited) this.#memory.add(entry);
  }

  /** Born with the spool's directory. */
  get epoch(): string {
    return this.#parts.epoch;
  }

  append(observation: NewObservation): void {
    const sequence = this.#nextSequence(Number(observation.observedAtUnixMs));
    if (sequence === undefined) return;
    const entry = entryOf(observation, sequence, this.#parts.bootId, (probe, hash) => this.#memory.factsOf(probe, hash));
    this.#memory.add(entry);
    if (this.#memory.bytes > this.#parts.limits.memoryBytes / 2) this.#pressed.notify();
    this.#dropFromMemory();
    this.#appended.notify();
  }

  /** As SpoolReader says. */
  async read(options: ReadOptions): Promise<SpoolBatch> {
    const { clock } = this.#parts;
    if (options.isRestart) {
      this.#given.clear();
      this.#parts.losses.forgetRides();
    }
    const untilMs = clock.monotonicMs() + options.waitMs;
    for (;;) {
      const last = this.#parts.sequences.last;
      const entries = await this.#exclusive(() => this.#pick(options));
      const leftMs = untilMs - clock.monotonicMs();
      if (entries.length > 0 || leftMs <= 0 || options.interrupt?.aborted) return this.#batchOf(entries);
      const hasMore = this.#parts.sequences.last !== last; // appended while we looked
      if (!hasMore) await this.#waitForMore(leftMs, options);
    }
  }

  /** Forgets what the collector has. What was never given is ignored and counted. */
  async acknowledge(ranges: readonly { readonly first: number; readonly last: number }[]): Promise<void> {
    const asked = RangeSet.of(ranges);
    const accepted = this.#everGiven.intersection(asked);
    this.#ignoredAckCount += asked.size - accepted.size;
    for (const entry of [...this.#memory.entries]) if (accepted.has(entry.sequence)) this.#memory.remove(entry);
    this.#given.deleteAll(accepted);
    this.#parts.losses.settle(accepted);
    await this.#exclusive(async () => {
      try {
        await this.#parts.disk.acknowledge(accepted);
      } catch (thrown) {
        this.#trouble.report("deleting what is acknowledged failed", thrown);
      }
    });
  }

  /** Keeps the spool within its bounds until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const periodMs = Math.max(minimumPeriodMs, Math.min(maximumPeriodMs, this.#parts.limits.spillAfterMs / 4));
    while (!signal.aborted) {
      await this.maintain();
      await this.#pressed.wait(periodMs, signal).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** One round of `run`: drops what is too old, writes to the disk what has waited too long. */
  async maintain(): Promise<void> {
    await this.#exclusive(async () => {
      await this.#trouble.attempt("keeping the spool in order failed", async () => {
        const now = await this.#parts.time();
        await this.#dropTooOld(now);
        this.#parts.sequences.renew();
        if (this.#isSpillDue(now)) await this.#spill();
        // Only here: while it is being written an entry stays, since one that is missing in memory then counts as acknowledged.
        this.#memory.removeHistory(({ sequence }) => this.#parts.disk.holds(sequence));
        if (this.#parts.losses.takeDirty()) this.#parts.save(false);
      });
    });
  }

  status(): SpoolStatus {
    const { disk, losses } = this.#parts;
    const inBoth = [...this.#memory.entries].filter((entry) => disk.holds(entry.sequence)).length;
    return {
      memoryBytes: this.#memory.bytes,
      diskBytes: disk.bytes,
      observationCount: this.#memory.count + disk.count - inBoth,
      lostCount: losses.total,
      ignoredAckCount: this.#ignoredAckCount,
      problem: this.#trouble.problem,
    };
  }

  /** Writes everything to the disk that is not acknowledged. Nothing may be appended after it. */
  async close(): Promise<void> {
    await this.#exclusive(async () => {
      const isWritten = await this.#trouble.attempt("writing the spool to the disk failed", () => this.#spill());
      if (!isWritten) for (const entry of [...this.#memory.entries]) this.#dropEntry(entry, "spool_full");
      await this.#trouble.attempt("closing the spool failed", async () => {
        await this.#parts.disk.close();
        this.#parts.save(true);
      });
    });
  }

  #nextSequence(observedAtMs: number): number | undefined {
    try {
      return this.#parts.sequences.next();
    } catch (thrown) {
      this.#trouble.report("no sequence number could be reserved: the observation is dropped", thrown);
      this.#parts.losses.record({ reason: "spool_full", fromMs: observedAtMs, untilMs: observedAtMs, observationCount: 1 });
      return undefined;
    }
  }

  async #waitForMore(maximumMs: number, { signal, interrupt }: ReadOptions): Promise<void> {
    const wake = (): void => this.#appended.notify();
    interrupt?.addEventListener("abort", wake, { once: true });
    try {
      await this.#appended.wait(maximumMs, signal);
    } finally {
      interrupt?.removeEventListener("abort", wake);
    }
  }

  async #pick(options: ReadOptions): Promise<readonly Entry[]> {
    options.signal.throwIfAborted();
    const budget = new ByteBudget(options.maximumBytes);
    const inMemory: Entry[] = [];
    for (const entry of this.#memory.pick(this.#given)) {
      if (!budget.take(fullSizeOf(entry))) return this.#give(inMemory);
      inMemory.push(entry);
    }
    const onDisk = await this.#parts.disk.pick(budget, this.#given, (sequence) => this.#memory.has(sequence));
    for (const dropped of onDisk.damaged) this.#recordDropped(dropped, "spool_damaged");
    const stillWanted = inMemory.filter((entry) => this.#memory.has(entry.sequence)); // not acknowledged meanwhile
    return this.#give([...stillWanted, ...onDisk.entries]);
  }

  #give(entries: readonly Entry[]): readonly Entry[] {
    for (const { sequence } of entries) {
      this.#given.add(sequence);
      this.#everGiven.add(sequence);
    }
    return entries;
  }

  async #batchOf(entries: readonly Entry[]): Promise<SpoolBatch> {
    const now = await this.#parts.time();
    const sequences = RangeSet.of(entries.map(spanOf));
    return {
      observations: entries.map((entry) => observationOf(entry, this.#parts.bootId)),
      losses: entries.length === 0 ? [] : this.#parts.losses.give(sequences),
      sentAtMs: now.wallMs,
      sentUptimeMs: now.uptimeMs,
    };
  }

  #isSpillDue(now: SpoolTime): boolean {
    const { disk, limits } = this.#parts;
    const isPressed = this.#memory.bytes > limits.memoryBytes / 2;
    for (const entry of this.#memory.entries) {
      if (disk.holds(entry.sequence)) continue;
      if (isPressed || now.uptimeMs - entry.uptimeMs >= limits.spillAfterMs) return true;
    }
    return false;
  }

  async #spill(): Promise<void> {
    const { disk } = this.#parts;
    // Making room deletes the oldest files, and with them perhaps the only copy of the newest of a probe: it is written once more.
    for (let round = 0; round < maximumSpillRounds; round++) {
      const unwritten = [...this.#memory.entries].filter((entry) => !disk.holds(entry.sequence));
      if (unwritten.length === 0) return;
      const history = unwritten.filter((entry) => !this.#memory.isNewest(entry));
      const newest = unwritten.filter((entry) => this.#memory.isNewest(entry));
      const allDropped = await disk.append([...history, ...newest]);
      // Acknowledged, or dropped as a loss, while they were being written.
      const gone = RangeSet.of(unwritten.filter((entry) => !this.#memory.has(entry.sequence)).map(spanOf));
      if (!gone.isEmpty) await disk.acknowledge(gone);
      this.#memory.removeHistory(({ sequence }) => allDropped.some((dropped) => dropped.sequences.has(sequence)));
      for (const dropped of allDropped) this.#recordDropped(dropped, "spool_full", gone);
    }
  }

  async #dropTooOld(now: SpoolTime): Promise<void> {
    const { bootId, limits } = this.#parts;
    const isTooOld = (moment: Moment): boolean => ageMs(moment, now, bootId) > limits.maximumAgeMs;
    for (const entry of [...this.#memory.entries]) {
      if (isTooOld(entry) && !this.#memory.isNewest(entry)) this.#dropEntry(entry, "too_old");
    }
    for (const dropped of await this.#parts.disk.dropOlder(isTooOld)) this.#recordDropped(dropped, "too_old");
  }

  #dropFromMemory(): void {
    while (this.#memory.bytes > this.#parts.limits.memoryBytes) {
      const victim = this.#memory.droppable(this.#given);
      if (victim === undefined) return;
      this.#dropEntry(victim, "spool_full");
    }
  }

  #dropEntry(entry: Entry, reason: LossReason): void {
    this.#memory.remove(entry);
    if (this.#parts.disk.holds(entry.sequence)) return;
    this.#parts.losses.record({ reason, fromMs: entry.observedAtMs, untilMs: entry.observedAtMs, observationCount: 1 });
  }

  /** What memory still holds is not lost, nor what was taken care of otherwise. */
  #recordDropped(dropped: Dropped, reason: LossReason, settled: RangeSet = new RangeSet()): void {
    const still = RangeSet.of([...this.#memory.entries].map(spanOf));
    still.addAll(settled);
    const observationCount = dropped.observationCount - dropped.sequences.intersection(still).size;
    if (observationCount <= 0) return;
    this.#parts.losses.record({ reason, fromMs: dropped.fromMs, untilMs: dropped.untilMs, observationCount });
  }
}

/** One for everything, and some for what making room displaced. */
const maximumSpillRounds = 8;
const minimumPeriodMs = 100;
const maximumPeriodMs = 15_000;
