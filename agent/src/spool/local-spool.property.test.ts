/** What holds for the spool whatever happens to it, against a plain model of what was appended, given and acknowledged. */
import { cp, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newObservation } from "../test-support/observations.ts";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { lockFileName } from "./directory-lock.ts";
import type { SpoolLimits } from "./local-spool.ts";
import { type OpenSpool, openSpool } from "./open-spool.ts";
import type { SpoolBatch } from "./spool.ts";
import { stateFileName } from "./state-file.ts";

const limits: SpoolLimits = { memoryBytes: 64 * 1024, diskBytes: 96 * 1024, maximumAgeMs: 3_600_000, spillAfterMs: 60_000 };
const probes = ["system", "disks", "smart"] as const;
/** More than any one observation of these tests takes, in memory and on the disk. */
const oneObservationBytes = 4096;

type Step =
  | { readonly kind: "append"; readonly probe: number; readonly facts: number; readonly size: number; readonly times: number }
  | { readonly kind: "read"; readonly bytes: number; readonly isRestart: boolean }
  | { readonly kind: "acknowledge"; readonly share: number }
  | { readonly kind: "pass"; readonly ms: number; readonly share: number }
  | { readonly kind: "stop" }
  | { readonly kind: "kill"; readonly damage: Damage | undefined };

/** What a power failure or a bad disk does to one of the files. */
interface Damage {
  readonly kind: "cut" | "flip";
  readonly file: number;
  /** Where, as a share of the file. */
  readonly at: number;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

const damage: fc.Arbitrary<Damage> = fc.record({ kind: fc.constantFrom("cut", "flip"), file: fc.nat(100), at: share });

const append: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("append" as const),
  probe: fc.nat(2),
  facts: fc.nat(3),
  size: fc.nat(300),
  times: fc.integer({ min: 1, max: 60 }),
});

const read: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("read" as const),
  bytes: fc.integer({ min: 1024, max: 16_384 }),
  isRestart: fc.boolean(),
});

/** Time passes, and the spool is maintained while acknowledgements arrive. */
const pass: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("pass" as const),
  ms: fc.constantFrom(1_000, 61_000, 61_000, 1_200_000),
  share: fc.oneof(fc.constant(0), share),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: append },
  { weight: 5, arbitrary: read },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("acknowledge" as const), share }) },
  { weight: 5, arbitrary: pass },
  { weight: 2, arbitrary: fc.constant({ kind: "stop" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), damage: fc.option(damage, { nil: undefined }) }) },
);

/** What one append was about. */
interface Made {
  readonly probe: string;
  readonly facts: string;
  readonly samples: readonly number[];
}

/** Runs a spool through its lives and checks after each step. */
class Trial {
  readonly clock = new FakeClock();
  readonly logger = createSilentLogger();
  readonly root: string;
  directory: string;
  #open: OpenSpool | undefined;
  #life = 0;
  /** marker (the first sample) → what was appended with it. */
  readonly appended = new Map<number, Made>();
  /** epoch/sequence → marker of what was given under it. */
  readonly given = new Map<string, number>();
  readonly acknowledged = new Set<string>();
  /** Probe → marker of its last observation, unless it is acknowledged or may have died with the process. */
  readonly newest = new Map<string, number>();
  /** Given and not acknowledged, of this life. */
  open: string[] = [];
  marker = 0;

  constructor(root: string) {
    this.root = root;
    this.directory = join(root, "0");
  }

  get spool(): OpenSpool["spool"] {
    if (this.#open === undefined) throw new Error("not open");
    return this.#open.spool;
  }

  async start(): Promise<void> {
    this.#open = await openSpool({
      directory: this.directory,
      bootId: "boot",
      limits,
      clock: this.clock,
      time: async () => ({ wallMs: this.clock.wallMs(), uptimeMs: this.clock.monotonicMs() }),
      logger: this.logger,
      sequenceBlock: 16,
    });
    this.open = [];
  }

  async stop(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
    this.#open = undefined;
  }

  /** As after kill -9: the next life sees the files as they are now, with one of them damaged if asked. */
  async kill(harm: Damage | undefined): Promise<void> {
    this.newest.clear();
    this.#life++;
    const next = join(this.root, String(this.#life));
    await cp(this.directory, next, { recursive: true, filter: (source) => !source.endsWith(`/${lockFileName}`) });
    await this.stop();
    this.directory = next;
    const names = (await readdir(next)).filter((name) => name !== stateFileName);
    const name = names[(harm?.file ?? 0) % Math.max(1, names.length)];
    if (name === undefined || harm === undefined) return;
    const path = join(next, name);
    const bytes = await readFile(path);
    const place = Math.floor(bytes.length * harm.at);
    if (harm.kind === "cut") return truncate(path, place);
    bytes[place] = (bytes[place] ?? 0) ^ 0x10;
    await writeFile(path, bytes);
  }

  append(probe: string, facts: string, size: number): void {
    this.marker++;
    const samples = [this.marker, ...Array.from({ length: size }, (_, index) => index)];
    const before = this.spool.status().lostCount;
    this.appended.set(this.marker, { probe, facts, samples });
    this.newest.set(probe, this.marker);
    this.spool.append(
      newObservation({ probe, facts, samples, observedAtMs: this.clock.wallMs(), uptimeMs: this.clock.monotonicMs() }),
    );
    expect(this.spool.status().lostCount).toBeGreaterThanOrEqual(before);
  }

  async read(maximumBytes: number, isRestart: boolean): Promise<SpoolBatch> {
    if (isRestart) this.open = [];
    const signal = new AbortController().signal;
    const batch = await this.spool.read({ isRestart, maximumBytes, waitMs: 0, signal });
    for (const observation of batch.observations) {
      const key = `${this.spool.epoch}/${observation.sequence}`;
      const [marker = 0] = observation.sampleValues;
      const facts = observation.body.case === "full" ? observation.body.value.subjects[0]?.value : undefined;
      const text = facts?.case === "operatingSystem" ? facts.value.prettyName : "";
      const made: Made = { probe: observation.probe, facts: text, samples: observation.sampleValues };
      expect(made, `${key} is not what was appended`).toEqual(this.appended.get(marker));
      expect(this.given.get(key) ?? marker, `${key} stands for two observations`).toBe(marker);
      expect(this.acknowledged.has(key), `${key} is given though it is acknowledged`).toBe(false);
      expect(this.open.includes(key), `${key} is given twice in one stream`).toBe(false);
      this.given.set(key, marker);
      this.open.push(key);
    }
    return batch;
  }

  async acknowledge(share: number): Promise<void> {
    const keys = this.open.filter((_, index) => (index * 7919) % 100 < share * 100);
    this.open = this.open.filter((key) => !keys.includes(key));
    for (const key of keys) this.acknowledged.add(key);
    const markers = keys.map((key) => this.given.get(key));
    for (const [probe, marker] of this.newest) if (markers.includes(marker)) this.newest.delete(probe);
    const sequences = keys.map((key) => Number(key.split("/")[1]));
    await this.spool.acknowledge(sequences.map((sequence) => ({ first: sequence, last: sequence })));
  }

  /** A new stream reads everything: first the newest of each probe, as far as it is not acknowledged. */
  async drain(): Promise<void> {
    let batch = await this.read(64 * 1024, true);
    const first = batch.observations.slice(0, probes.length).map((observation) => observation.sampleValues[0]);
    for (const marker of this.newest.values()) expect(first, "a newest observation is not among the first").toContain(marker);
    while (batch.observations.length > 0) batch = await this.read(16 * 1024, false);
  }

  async checkBounds(): Promise<void> {
    const errors = this.logger.lines.filter((line) => line.level === "error").map((line) => JSON.stringify(line.facts));
    expect(errors, "this machine's disk disturbed the trial").toEqual([]);
    const { memoryBytes, diskBytes } = this.spool.status();
    expect(memoryBytes).toBeLessThanOrEqual(limits.memoryBytes + probes.length * oneObservationBytes);
    const files = (await readdir(this.directory)).filter(
      (name) => name.startsWith("segment-") || name.startsWith("acknowledged"),
    );
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(this.directory, name))).size));
    const onDisk = sizes.reduce((sum, size) => sum + size, 0);
    expect(onDisk).toBeLessThanOrEqual(limits.diskBytes);
    expect(diskBytes).toBe(onDisk);
  }

  async apply(each: Step): Promise<void> {
    switch (each.kind) {
      case "append":
        for (let time = 0; time < each.times; time++)
          this.append(probes[each.probe] ?? "system", `facts ${each.facts}`, each.size);
        return;
      case "read":
        await this.read(each.bytes, each.isRestart);
        return;
      case "acknowledge":
        return this.acknowledge(each.share);
      case "pass":
        await this.clock.advance(each.ms);
        await Promise.all([this.spool.maintain(), settle().then(() => this.acknowledge(each.share))]);
        return;
      case "stop":
        await this.drain();
        await this.stop();
        return this.start();
      case "kill":
        await this.kill(each.damage);
        return this.start();
    }
  }
}

describe("feature 9: a durable spool with sequence numbers, whatever happens to it", () => {
  it("gives nothing acknowledged, uses no sequence twice, keeps its bounds, survives any damage", {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), async (steps) => {
        await using root = await createTempDirectory();
        const trial = new Trial(root.path);
        await trial.start();
        let hasDamage = false;
        try {
          for (const each of steps) {
            // Damage may take acknowledgements away: what they covered may come again, and the collector knows it.
            if (each.kind === "kill" && each.damage !== undefined) hasDamage = true;
            if (hasDamage) trial.acknowledged.clear();
            await trial.apply(each);
            await trial.checkBounds();
          }
          await trial.drain();
        } finally {
          await trial.stop();
        }
      }),
      { numRuns: 40 },
    );
  });
});
