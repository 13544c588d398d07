/** A spool in a directory of its own, with time that a test moves, which can be stopped, killed and started again. */
import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { type SequenceRange, SequenceRangeSchema } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { lockFileName } from "../spool/directory-lock.ts";
import type { LocalSpool, SpoolLimits } from "../spool/local-spool.ts";
import { type OpenSpool, openSpool } from "../spool/open-spool.ts";
import type { SpoolBatch } from "../spool/spool.ts";
import { newObservation, type ObservationSpec } from "./observations.ts";
import { createSilentLogger, type SilentLogger } from "./silent-logger.ts";
import { createTempDirectory } from "./temp-directory.ts";

/** The limits of a trial, unless it says otherwise. */
export const trialLimits: SpoolLimits = {
  memoryBytes: 1024 * 1024,
  diskBytes: 4 * 1024 * 1024,
  maximumAgeMs: 48 * 3_600_000,
  spillAfterMs: 60_000,
};

/** See above. */
export class SpoolTrial implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly logger: SilentLogger = createSilentLogger();
  readonly directory: string;
  limits: SpoolLimits = trialLimits;
  bootId = "boot-1";
  readonly #root: AsyncDisposable & { readonly path: string };
  #open: OpenSpool | undefined;

  constructor(root: AsyncDisposable & { readonly path: string }) {
    this.#root = root;
    this.directory = join(root.path, "spool");
  }

  static async create(limits: Partial<SpoolLimits> = {}): Promise<SpoolTrial> {
    const trial = new SpoolTrial(await createTempDirectory());
    trial.limits = { ...trialLimits, ...limits };
    await trial.start();
    return trial;
  }

  get spool(): LocalSpool {
    if (this.#open === undefined) throw new Error("the spool is not open");
    return this.#open.spool;
  }

  async start(): Promise<void> {
    this.#open = await openSpool({
      directory: this.directory,
      bootId: this.bootId,
      limits: this.limits,
      clock: this.clock,
      time: async () => ({ wallMs: this.clock.wallMs(), uptimeMs: this.clock.monotonicMs() }),
      logger: this.logger,
    });
  }

  async stop(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
    this.#open = undefined;
  }

  /** As by kill -9: what lies on the disk now is what the next life finds. */
  async kill(): Promise<void> {
    const copy = `${this.directory}.copy`;
    await cp(this.directory, copy, { recursive: true, filter: (source) => !source.endsWith(`/${lockFileName}`) });
    await this.stop();
    await rename(this.directory, `${this.directory}.old-${this.clock.monotonicMs()}`);
    await rename(copy, this.directory);
  }

  /** Appends an observation made now; `name` becomes its facts. */
  append(probe: string, name: string, more: ObservationSpec = {}): void {
    this.spool.append(
      newObservation({ probe, facts: name, observedAtMs: this.clock.wallMs(), uptimeMs: this.clock.monotonicMs(), ...more }),
    );
  }

  read(options: { readonly isRestart?: boolean; readonly maximumBytes?: number } = {}): Promise<SpoolBatch> {
    const { isRestart = false, maximumBytes = 1024 * 1024 } = options;
    return this.spool.read({ isRestart, maximumBytes, waitMs: 0, signal: new AbortController().signal });
  }

  /** Lets time pass and has the spool keep itself in order. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.spool.maintain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#root[Symbol.asyncDispose]();
  }
}

/** The names (facts) of what was given, in order. */
export function namesIn(batch: SpoolBatch): readonly string[] {
  return batch.observations.map(({ body }) => {
    const value = body.case === "full" ? body.value.subjects[0]?.value : undefined;
    return value?.case === "operatingSystem" ? value.value.prettyName : "(no facts)";
  });
}

/** The sequences of what was given, as acknowledgements. */
export function rangesOf(batch: SpoolBatch): readonly SequenceRange[] {
  return batch.observations.map(({ sequence }) => create(SequenceRangeSchema, { first: sequence, last: sequence }));
}
