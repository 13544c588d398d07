/**
 * The kernel's log, record by record, as it lies in /dev/kmsg. Reading waits for nothing: a device answers from memory or says EAGAIN, so it is
 * done at once and not by a thread of the pool. In a copy of a host the log is a text: one record a line, its " KEY=value" lines behind it.
 * Source: kernel documentation, ABI/testing/dev-kmsg.
 */
import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { hostError } from "./host-error.ts";

/** What one look at the log gave. */
export interface KernelLogPart {
  /** Raw records, in their order, each with its " KEY=value" lines. Gaps in their numbers were overwritten before they were read. */
  readonly records: readonly string[];
  /** False where more can be read at once. */
  readonly isDrained: boolean;
  /** What the log's clock says now, in ms; undefined where nothing tells, as in a copy. */
  readonly logMs: number | undefined;
}

/** A place in the log: each record is given once, beginning with the oldest. */
export interface KernelLogReader extends Disposable {
  /** At most so many of the next records; never waits. Throws AppError when the log cannot be read any more. */
  read(maximumRecords: number): KernelLogPart;
}

/** Where the log lies. */
export const kernelLogPath = "/dev/kmsg";

/** Reads one record into a buffer and gives its length; throws as read(2) says it. Tests play the device here. */
export type ReadRecord = (buffer: Buffer) => number;

/**
 * Opens the log at a path of ours; undefined where it is no device but a text. Another device is not opened: containers of LXC often link the
 * path to their console, and reading that would take what somebody types there. Throws as open(2) says it, or HOST_FILE_MISSING.
 */
export function openKernelLogDevice(realPath: string): KernelLogReader | undefined {
  const status = statSync(realPath);
  if (!status.isCharacterDevice()) return undefined;
  if (status.rdev !== kernelLogNumber) {
    throw new AppError("HOST_FILE_MISSING", `there is no kernel log at ${kernelLogPath}: it leads to another device`);
  }
  const file = openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  return createKernelLogReader(
    (buffer) => readSync(file, buffer, 0, buffer.length, null),
    () => closeSync(file),
  );
}

/** Reads a device that gives one record for each read. */
export function createKernelLogReader(readRecord: ReadRecord, close: () => void): KernelLogReader {
  return {
    read: (maximumRecords) => {
      const records: string[] = [];
      let isDrained = false;
      while (!isDrained && records.length < maximumRecords) {
        const record = nextRecord(readRecord);
        if (record === undefined) isDrained = true;
        else if (record !== "") records.push(record);
      }
      return { records, isDrained, logMs: monotonicMs() };
    },
    [Symbol.dispose]: close,
  };
}

/** Reads a text in which the log was kept. `more` gives what was written to it since, whole lines only; without it nothing comes. */
export function createKernelTextReader(text: string, more: () => string = () => ""): KernelLogReader {
  let records = recordsOf(text);
  let next = 0;
  return {
    read: (maximumRecords) => {
      if (next >= records.length) [records, next] = [recordsOf(more()), 0];
      const part = records.slice(next, next + maximumRecords);
      next += part.length;
      return { records: part, isDrained: next >= records.length, logMs: undefined };
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Follows a text in which the log is kept, and to which somebody may append: what it gives is for `createKernelTextReader`. */
export function followKernelText(realPath: string, startByte: number): () => string {
  let readBytes = startByte;
  return () => {
    const { size } = statSync(realPath);
    if (size <= readBytes) return "";
    const part = Buffer.alloc(Math.min(size - readBytes, maximumPartBytes));
    const file = openSync(realPath, constants.O_RDONLY);
    try {
      const whole = part.subarray(0, readSync(file, part, 0, part.length, readBytes)).lastIndexOf("\n") + 1;
      readBytes += whole;
      return part.toString("utf8", 0, whole);
    } finally {
      closeSync(file);
    }
  };
}

/** The whole log as a text, for a recording. */
export function readWholeKernelLog(reader: KernelLogReader): string {
  const { records } = reader.read(maximumRecordedRecords);
  return records.map((record) => (record.endsWith("\n") ? record : `${record}\n`)).join("");
}

/** An error of the log in words that help. */
export function kernelLogError(thrown: unknown): AppError {
  const error = hostError(thrown, "read", kernelLogPath);
  if (error.code !== "HOST_PERMISSION_DENIED") return error;
  const advice = "run the agent as root with CAP_SYSLOG (in Kubernetes: privileged), or set kernel.dmesg_restrict to 0";
  return new AppError(error.code, `${error.message}; ${advice}`, { cause: thrown, context: error.context });
}

/** 1:11 on every Linux (kernel documentation, devices.txt), as stat(2) puts it together. */
const kernelLogNumber = (1 << 8) | 11;
const maximumRecordedRecords = 100_000;
/** What is read at once of what was appended to a text. */
const maximumPartBytes = 1 << 20;
/** The kernel refuses a read that is shorter than the record: at most 8 KiB of it. */
const buffer = Buffer.allocUnsafeSlow(16 * 1024);
/** In a row; each of them says that the place of this reader was overwritten, and the next read gives what is oldest now. */
const maximumOverwrites = 1_000;

/** A line that begins with a blank belongs to the record before it. */
function recordsOf(text: string): readonly string[] {
  return text.split(/\n(?! )/).filter((record) => record !== "");
}

/** Undefined at the end of the log. */
function nextRecord(readRecord: ReadRecord): string | undefined {
  for (let attempt = 0; attempt < maximumOverwrites; attempt++) {
    try {
      const length = readRecord(buffer);
      // Whatever is no ASCII stands escaped in it.
      return length === 0 ? undefined : buffer.toString("latin1", 0, length);
    } catch (thrown) {
      const errno = systemErrorCode(thrown);
      if (errno === "EAGAIN") return undefined;
      if (errno !== "EPIPE" && errno !== "EINTR") throw kernelLogError(thrown);
    }
  }
  return undefined; // written faster than it can be read: the next look goes on
}

/** CLOCK_MONOTONIC: like the log's clock it stands still in a suspend. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
