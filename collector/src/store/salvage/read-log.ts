/** Which pages SQLite's log (-wal) holds: those of its whole transactions, up to the first frame whose checksum is wrong. */
import { closeSync, openSync, readFileSync } from "node:fs";
import { systemErrorCode } from "@nodekeeper/shared";

/** Pages of a log. */
export interface LoggedPages extends Disposable {
  /** Where to read at the offsets; -1 where there is no log. */
  readonly descriptor: number;
  /** 0 where there is none. */
  readonly largestPage: number;
  /** Where the newest form of a page begins; undefined where the log does not have it. */
  offsetOf(page: number): number | undefined;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
/** The last bit says in which order of bytes the checksums are computed. */
const magics: readonly number[] = [0x377f_0682, 0x377f_0683];

/** Reads the log; one that is not there, or whose head is damaged, has no pages. */
export function readLog(file: string, pageBytes: number): LoggedPages {
  const log = readWhole(file);
  const offsets = log === undefined ? new Map<number, number>() : offsetsIn(log, pageBytes);
  const descriptor = offsets.size === 0 ? -1 : openSync(file, "r");
  return {
    descriptor,
    largestPage: Math.max(0, ...offsets.keys()),
    offsetOf: (page) => offsets.get(page),
    [Symbol.dispose]: () => {
      if (descriptor >= 0) closeSync(descriptor);
    },
  };
}

function offsetsIn(log: Buffer, pageBytes: number): ReadonlyMap<number, number> {
  const committed = new Map<number, number>();
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  if (log.length < headerBytes || !magics.includes(view.getUint32(0)) || view.getUint32(8) !== pageBytes) return committed;
  const isLittleEndian = view.getUint32(0) === magics[0];
  let sum = addToChecksum(view, [0, 0], 0, headerBytes - 8, isLittleEndian);
  if (!isChecksum(view, headerBytes - 8, sum)) return committed;
  const pending = new Map<number, number>();
  const frameBytes = frameHeaderBytes + pageBytes;
  for (let at = headerBytes; at + frameBytes <= log.length; at += frameBytes) {
    // Frames of an earlier round of the log have other salts.
    if (view.getUint32(at + 8) !== view.getUint32(16) || view.getUint32(at + 12) !== view.getUint32(20)) break;
    sum = addToChecksum(view, sum, at, 8, isLittleEndian);
    sum = addToChecksum(view, sum, at + frameHeaderBytes, pageBytes, isLittleEndian);
    if (!isChecksum(view, at + 16, sum)) break;
    pending.set(view.getUint32(at), at + frameHeaderBytes);
    const isCommit = view.getUint32(at + 4) > 0;
    if (!isCommit) continue;
    for (const [page, offset] of pending) committed.set(page, offset);
    pending.clear();
  }
  return committed;
}

type Checksum = readonly [number, number];

function addToChecksum(view: DataView, [first, second]: Checksum, at: number, length: number, isLittleEndian: boolean): Checksum {
  let [one, two] = [first, second];
  for (let offset = at; offset < at + length; offset += 8) {
    one = (one + view.getUint32(offset, isLittleEndian) + two) >>> 0;
    two = (two + view.getUint32(offset + 4, isLittleEndian) + one) >>> 0;
  }
  return [one, two];
}

function isChecksum(view: DataView, at: number, [one, two]: Checksum): boolean {
  return view.getUint32(at) === one && view.getUint32(at + 4) === two;
}

function readWhole(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (thrown) {
    if (systemErrorCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}
