/** What was learnt from the kernel log since the machine was started, and the pure function that adds to it. Its size is bounded. */
import { printable } from "../printable.ts";
import type { FaultKind, FaultSeverity } from "./fault-kind.ts";
import { messageOf, parseRecordHead } from "./kernel-record.ts";
import { type MatchedFault, matchFault } from "./match-fault.ts";

/** A fault of one device, and how often the kernel told of it. Times are on the boot clock (ms since boot, suspend included). */
export interface RememberedFault {
  readonly code: string;
  readonly device: string;
  readonly kind: FaultKind;
  /** The last one. */
  readonly message: string;
  readonly firstUptimeMs: number;
  readonly lastUptimeMs: number;
  readonly occurrences: number;
}

/** All that is kept of the log. */
export interface KernelLogMemory {
  /** The first record that was read: its number is 0 where the log reached back to the start of the machine. */
  readonly first: { readonly sequence: number; readonly uptimeMs: number } | undefined;
  /** The number that the next record has if none is lost. */
  readonly nextSequence: number;
  readonly records: number;
  /** Overwritten before they were read. */
  readonly lost: number;
  /** Left unread on purpose, since there were too many at once. */
  readonly suppressed: number;
  /** Records that are none. */
  readonly malformed: number;
  /** By id: code and device. The same map as before where nothing was added. */
  readonly faults: ReadonlyMap<string, RememberedFault>;
  /** Faults that were forgotten because there were too many. */
  readonly forgottenFaults: number;
}

/** Records that were read together. */
export interface RecordBatch {
  readonly records: readonly string[];
  /** The log's own clock now, in ms. */
  readonly logMs: number;
  /** The boot clock now. */
  readonly uptimeMs: number;
  /** None of the records is older than this; undefined where that is not known. */
  readonly maximumAgeMs: number | undefined;
  /** True where records before these were left unread on purpose. */
  readonly isAfterPause: boolean;
}

/** Nothing read yet. */
export const emptyKernelLog: KernelLogMemory = {
  first: undefined,
  nextSequence: 0,
  records: 0,
  lost: 0,
  suppressed: 0,
  malformed: 0,
  faults: new Map(),
  forgottenFaults: 0,
};

/** More faults than this are no news: the least severe is forgotten first, then the one that was silent for the longest time. */
export const maximumFaults = 128;

/** Adds records to what is known. Records that were read before are passed over. */
export function foldKernelLog(memory: KernelLogMemory, batch: RecordBatch): KernelLogMemory {
  let { first, nextSequence, records, lost, suppressed, malformed, forgottenFaults } = memory;
  let faults: Map<string, RememberedFault> | undefined;
  let isAfterPause = batch.isAfterPause;
  for (const record of batch.records) {
    const head = parseRecordHead(record);
    if (head === undefined) {
      malformed++;
      continue;
    }
    const gap = first === undefined ? 0 : head.sequence - nextSequence;
    if (gap < 0) continue;
    if (isAfterPause) suppressed += gap;
    else lost += gap;
    isAfterPause = false;
    nextSequence = head.sequence + 1;
    records++;
    first ??= { sequence: head.sequence, uptimeMs: uptimeOf(head.timestampUs, batch) };
    if (head.facility !== kernelFacility) continue;
    const message = messageOf(record, head.messageAt);
    const match = matchFault(message);
    if (match === undefined) continue;
    faults ??= new Map(memory.faults);
    addFault(faults, match, message, uptimeOf(head.timestampUs, batch));
  }
  if (faults !== undefined && faults.size > maximumFaults) {
    forgottenFaults += faults.size - maximumFaults;
    faults = mostImportant(faults);
  }
  return { first, nextSequence, records, lost, suppressed, malformed, faults: faults ?? memory.faults, forgottenFaults };
}

const kernelFacility = 0;
const maximumMessageBytes = 512;

function addFault(faults: Map<string, RememberedFault>, match: MatchedFault, message: string, uptimeMs: number): void {
  const id = faultId(match);
  const known = faults.get(id);
  faults.set(id, {
    ...match,
    message: printable(message, maximumMessageBytes),
    firstUptimeMs: known?.firstUptimeMs ?? uptimeMs,
    lastUptimeMs: Math.max(uptimeMs, known?.lastUptimeMs ?? 0),
    occurrences: (known?.occurrences ?? 0) + 1,
  });
}

/** Code and device, as on the wire. */
export function faultId({ code, device }: { readonly code: string; readonly device: string }): string {
  return device === "" ? code : `${code} ${device}`;
}

/**
 * When a record was written, on the boot clock. The log's clock stands still in a suspend and drifts, so for what was already there when the
 * reading began this is too late by the suspends since then, and off by the drift since the start; what is followed is right to the time
 * between two looks. The same record gives the same time whenever it is read, as long as there was no suspend.
 */
function uptimeOf(timestampUs: number, { logMs, uptimeMs, maximumAgeMs = uptimeMs }: RecordBatch): number {
  const suspendedMs = Math.round((uptimeMs - logMs) / clockReadingMs) * clockReadingMs;
  const writtenMs = Math.round(timestampUs / 1000 + suspendedMs);
  return Math.max(0, uptimeMs - maximumAgeMs, Math.min(writtenMs, uptimeMs));
}

/** The two clocks are read one after the other, and one of them counts in steps of 10 ms. */
const clockReadingMs = 1_000;

const ranks: Readonly<Record<FaultSeverity, number>> = { fault: 2, warning: 1, notice: 0 };

function mostImportant(faults: ReadonlyMap<string, RememberedFault>): Map<string, RememberedFault> {
  const ranked = [...faults].sort(
    ([, a], [, b]) => ranks[b.kind.severity] - ranks[a.kind.severity] || b.lastUptimeMs - a.lastUptimeMs,
  );
  return new Map(ranked.slice(0, maximumFaults));
}
