/** Files read to their end within a bound. Pseudo files have size 0, so the end is where a read gives nothing, not where stat says. */
import { closeSync, constants, fstatSync, open, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** What is read. */
export interface BoundedFile {
  /** Where it lies for us. */
  readonly realPath: string;
  /** Its path on the host, for messages. */
  readonly hostPath: string;
  readonly maximumBytes: number;
  /** Set where the last blocks of a larger file are enough: the size of one. */
  readonly blockBytes?: number | undefined;
  readonly encoding?: "utf8" | "latin1" | undefined;
  /** True for an attribute of sysfs: opening it touches no hardware. */
  readonly isAttribute: boolean;
  /** True where a read that does not fill the buffer came to the end: not in procfs. Saves a way to the pool and back. */
  readonly isShortReadTheEnd: boolean;
}

/** Larger files are refused unless the reader says otherwise. */
export const defaultMaximumBytes: number = 1024 * 1024;

/** Reads at once; only for files that are answered from memory. */
export function readBoundedSync(bounded: BoundedFile): string {
  const file = openSync(bounded.realPath, openFlags);
  try {
    const chunks = new Chunks(bounded);
    for (;;) {
      const length = readSync(file, scratch, 0, scratch.length, null);
      if (length === 0) return chunks.text();
      chunks.add(scratch.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** Reads by a thread of the pool. */
export async function readBounded(bounded: BoundedFile): Promise<string> {
  const { realPath, isAttribute, isShortReadTheEnd } = bounded;
  const file = isAttribute ? openSync(realPath, openFlags) : await openUnseen(realPath);
  try {
    const chunks = new Chunks(bounded);
    const buffer = Buffer.allocUnsafe(poolBufferBytes);
    let position =
      bounded.blockBytes === undefined ? null : startOfEnd(fstatSync(file).size, bounded.maximumBytes, bounded.blockBytes);
    for (;;) {
      const { bytesRead } = await readSome(file, buffer, 0, buffer.length, position);
      if (position !== null) position += bytesRead;
      chunks.add(buffer.subarray(0, bytesRead));
      if (bytesRead === 0 || (isShortReadTheEnd && bytesRead < buffer.length)) return chunks.text();
    }
  } finally {
    closeSync(file); // closing what was only read waits for nothing
  }
}

/** A file on a disk, without the time of access that a read would write to it. Only its owner and root may ask for that. */
async function openUnseen(realPath: string): Promise<number> {
  try {
    return await openFile(realPath, openFlags | constants.O_NOATIME);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== "EPERM") throw thrown;
    return await openFile(realPath, openFlags);
  }
}

const openFile = promisify(open);
const readSome = promisify(read);

/** O_NONBLOCK, so that a FIFO or a device in the place of a file cannot hold us; it means nothing to ordinary files. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** One page of any machine that we know (16 KiB on a Raspberry Pi 5) and a byte: an attribute never fills it. */
const poolBufferBytes = 16 * 1024 + 1;

/** Used within one call only. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Where the last whole blocks begin that fit into the bound; what a program appends meanwhile may make it one block less. */
function startOfEnd(sizeBytes: number, maximumBytes: number, blockBytes: number): number {
  return sizeBytes <= maximumBytes ? 0 : Math.ceil((sizeBytes - maximumBytes) / blockBytes + 1) * blockBytes;
}

class Chunks {
  readonly #bounded: BoundedFile;
  readonly #parts: Buffer[] = [];
  #totalBytes = 0;

  constructor(bounded: BoundedFile) {
    this.#bounded = bounded;
  }

  add(part: Buffer): void {
    const { hostPath, maximumBytes } = this.#bounded;
    this.#totalBytes += part.length;
    if (this.#totalBytes > maximumBytes) {
      throw new AppError("HOST_FILE_TOO_LARGE", `cannot read ${hostPath}: larger than ${maximumBytes} bytes`);
    }
    this.#parts.push(Buffer.from(part)); // copied: the buffer is used again
  }

  text(): string {
    const { encoding = "utf8" } = this.#bounded;
    const [first] = this.#parts;
    return this.#parts.length === 1 && first !== undefined
      ? first.toString(encoding)
      : Buffer.concat(this.#parts).toString(encoding);
  }
}
