/** A kernel log that behaves as /dev/kmsg does: a ring, one record for each read, EAGAIN at its end, EPIPE for who was overtaken. */
import { createKernelLogReader, type KernelLogReader } from "../../host/kernel-log-reader.ts";

/** What stands in front of a message. */
export interface FakeRecordHead {
  /** Default 0: the kernel. */
  readonly facility?: number;
  /** Default 0. */
  readonly timestampUs?: number;
}

/** Everything may be changed between two reads. */
export class FakeKmsg {
  readonly #capacity: number;
  readonly #ring: string[] = [];
  #written = 0;
  /** The errno that every read fails with; undefined for none. */
  broken: string | undefined;
  openCount = 0;
  closeCount = 0;

  /** As many records as the ring holds. */
  constructor(capacity: number = 10_000) {
    this.#capacity = capacity;
  }

  /** The kernel says something; the message stands escaped as the device would give it. */
  write(message: string, { facility = 0, timestampUs = 0 }: FakeRecordHead = {}): void {
    this.#ring[this.#written % this.#capacity] = `${facility * 8 + 4},${this.#written},${timestampUs},-;${message}\n`;
    this.#written++;
  }

  /** Opens it at the oldest record. */
  open(): KernelLogReader {
    this.openCount++;
    let next = this.#oldest();
    return createKernelLogReader(
      (buffer) => {
        if (this.broken !== undefined) throw errnoError(this.broken);
        if (next < this.#oldest()) {
          next = this.#oldest();
          throw errnoError("EPIPE");
        }
        if (next >= this.#written) throw errnoError("EAGAIN");
        const record = this.#ring[next % this.#capacity] ?? "";
        if (Buffer.byteLength(record) > buffer.length) throw errnoError("EINVAL");
        next++;
        return buffer.write(record);
      },
      () => {
        this.closeCount++;
      },
    );
  }

  #oldest(): number {
    return Math.max(0, this.#written - this.#capacity);
  }
}

/** As Node throws what the kernel says. */
export function errnoError(code: string): Error {
  return Object.assign(new Error(`${code}: read`), { code, errno: -1, syscall: "read" });
}
