/**
 * The one file that the spool writes in steady state: which epoch this is, and up to where sequence numbers are reserved. A number is
 * given only below a reservation that is on the disk, so that none is ever given twice, however the process ends.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { type LossStatement, lossReasons } from "./loss-ledger.ts";

/** What outlives the process. */
export interface SpoolState {
  readonly epoch: string;
  /** Every number up to this one may have been given. */
  readonly reservedUntil: number;
  /** True when the spool was closed in order: nothing was in memory that is not on the disk. */
  readonly isClean: boolean;
  readonly savedAtMs: number;
  /** Losses that no report has carried yet. */
  readonly losses: readonly LossStatement[];
}

/** Name of the file in the spool's directory. */
export const stateFileName = "state.json";

/** Reads the state: undefined when there is none, "damaged" when it cannot be understood. */
export function readState(directory: string): SpoolState | "damaged" | undefined {
  try {
    return parseState(JSON.parse(readFileSync(join(directory, stateFileName), "utf8")));
  } catch (thrown) {
    if (systemErrorCode(thrown) === "ENOENT") return undefined;
    if (thrown instanceof SyntaxError) return "damaged";
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot read the spool's state in ${directory}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Writes the state so that after a crash either the old or the new one is there. On a full disk it overwrites the old one in place. */
export function writeState(directory: string, state: SpoolState): void {
  const path = join(directory, stateFileName);
  const text = JSON.stringify({ format: stateFormat, ...state }).padEnd(paddedBytes);
  try {
    writeDurably(`${path}.new`, text, "w");
    renameSync(`${path}.new`, path);
    syncDirectory(directory);
  } catch (thrown) {
    if (!fullDiskCodes.has(systemErrorCode(thrown) ?? "")) throw thrown;
    writeDurably(path, text, "r+");
  }
}

const stateFormat = 1;

/** The file keeps its size, so that overwriting it needs no free block. */
const paddedBytes = 4096;

const fullDiskCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function writeDurably(path: string, text: string, flags: "w" | "r+"): void {
  const file = openSync(path, flags, 0o600);
  try {
    writeSync(file, text, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function parseState(value: unknown): SpoolState | "damaged" {
  if (typeof value !== "object" || value === null) return "damaged";
  const { format, epoch, reservedUntil, isClean, savedAtMs, losses } = value as Record<string, unknown>; // each is checked below
  if (format !== stateFormat || typeof epoch !== "string" || !/^[\w-]{1,64}$/.test(epoch)) return "damaged";
  if (!isCount(reservedUntil) || typeof isClean !== "boolean" || !isCount(savedAtMs) || !Array.isArray(losses)) return "damaged";
  return { epoch, reservedUntil, isClean, savedAtMs, losses: losses.filter(isLossStatement) };
}

function isLossStatement(value: unknown): value is LossStatement {
  if (typeof value !== "object" || value === null) return false;
  const { reason, fromMs, untilMs, observationCount } = value as Record<string, unknown>; // each is checked below
  return lossReasons.some((known) => known === reason) && isCount(fromMs) && isCount(untilMs) && isCount(observationCount);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
