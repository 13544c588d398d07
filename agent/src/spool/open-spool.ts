/** Opens the spool in its directory: takes the lock, reads what an earlier life left, reserves sequence numbers. */
import { randomUUID } from "node:crypto";
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import { preparePrivateDirectory } from "./directory.ts";
import { lockDirectory, lockFileName } from "./directory-lock.ts";
import { DiskBacklog } from "./disk-backlog.ts";
import { LocalSpool, type SpoolLimits } from "./local-spool.ts";
import { LossLedger, type LossStatement } from "./loss-ledger.ts";
import type { SpoolTime } from "./moment.ts";
import { maximumSequence, SequenceSource } from "./sequence-source.ts";
import { readState, type SpoolState, stateFileName, writeState } from "./state-file.ts";

/** What a spool needs. */
export interface SpoolOptions {
  readonly directory: string;
  readonly bootId: string;
  readonly limits: SpoolLimits;
  readonly clock: Clock;
  readonly time: () => Promise<SpoolTime>;
  readonly logger: Logger;
  /** How many sequence numbers are reserved at a time. Default 4096: some hours' worth. */
  readonly sequenceBlock?: number;
}

/** A spool that gives its directory back when it is disposed. */
export interface OpenSpool extends AsyncDisposable {
  readonly spool: LocalSpool;
}

/** Opens the spool. Throws DIRECTORY_NOT_WRITABLE or ADDRESS_IN_USE, both with what to do. */
export async function openSpool(options: SpoolOptions): Promise<OpenSpool> {
  const { directory, logger } = options;
  await preparePrivateDirectory(directory, {
    what: "the spool's directory",
    mode: 0o700,
    isOurs: (names) => names.includes(stateFileName) || names.includes(lockFileName),
  });
  const lock = await lockDirectory(directory);
  try {
    const spool = await open(options);
    return {
      spool,
      [Symbol.asyncDispose]: async () => {
        await spool.close();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await lock[Symbol.asyncDispose]();
    if (thrown instanceof AppError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    logger.debug({ err: thrown, directory }, "opening the spool failed");
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot use ${directory} as the spool's directory: ${reason}`, {
      cause: thrown,
    });
  }
}

const defaultSequenceBlock = 4096;

async function open(options: SpoolOptions): Promise<LocalSpool> {
  const { directory, clock, sequenceBlock = defaultSequenceBlock } = options;
  const nowMs = clock.wallMs();
  const found = readState(directory);
  const { state, losses } = continueFrom(found, sequenceBlock, nowMs);
  const disk = new DiskBacklog({ directory, epoch: state.epoch, maximumBytes: options.limits.diskBytes });
  const { damaged, newest } = await disk.inherit(nowMs);
  const ledger = new LossLedger(state.losses);
  for (const loss of losses) ledger.record(loss);
  for (const { fromMs, untilMs, observationCount } of damaged) {
    ledger.record({ reason: "spool_damaged", fromMs, untilMs, observationCount });
  }
  const save = (reservedUntil: number, isClean: boolean): void =>
    writeState(directory, { epoch: state.epoch, reservedUntil, isClean, savedAtMs: clock.wallMs(), losses: ledger.statements });
  const sequences = new SequenceSource({
    reservedUntil: state.reservedUntil,
    blockSize: sequenceBlock,
    reserve: (until) => save(until, false),
  });
  sequences.renew();
  return new LocalSpool({
    ...options,
    epoch: state.epoch,
    sequences,
    losses: ledger,
    disk,
    inherited: newest,
    // Closed in order, the numbers that were reserved and not given are free again.
    save: (isClean) => save(isClean ? sequences.last : sequences.reservedUntil, isClean),
  });
}

/** What the new life begins with, and what it knows to be lost. */
function continueFrom(
  found: SpoolState | "damaged" | undefined,
  sequenceBlock: number,
  nowMs: number,
): { readonly state: SpoolState; readonly losses: readonly LossStatement[] } {
  const fresh = { epoch: randomUUID(), reservedUntil: 0, isClean: true, savedAtMs: nowMs };
  if (found === undefined) return { state: { ...fresh, losses: [] }, losses: [] };
  if (found === "damaged") {
    return { state: { ...fresh, losses: [] }, losses: [unknownLoss("spool_damaged", nowMs, nowMs)] };
  }
  const fromMs = Math.min(found.savedAtMs, nowMs);
  const losses = found.isClean ? [] : [unknownLoss("agent_killed", fromMs, nowMs)];
  if (found.reservedUntil <= maximumSequence - 2 * sequenceBlock) return { state: found, losses };
  return { state: { ...fresh, losses: found.losses }, losses };
}

/** What was in memory is gone; nobody knows how much that was. */
function unknownLoss(reason: LossStatement["reason"], fromMs: number, untilMs: number): LossStatement {
  return { reason, fromMs, untilMs, observationCount: 0 };
}
