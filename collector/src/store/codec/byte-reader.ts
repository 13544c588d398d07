/** Reads what ByteWriter wrote. Reading past the end is an error of the data, never a silent zero. */
import { AppError } from "@nodekeeper/shared";

const decoder = new TextDecoder();

/** Reads from the front to the back. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** One byte. */
  byte(): number {
    const at = this.#advance(1);
    return this.#view.getUint8(at);
  }

  /** An integer from 0 to 2^53 - 1. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw new AppError("STORE_CORRUPT", "a number in stored history is longer than any number that is written");
  }

  /** A double. */
  float64(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** So many bytes; a view, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Bytes with their number before them; a view, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  /** Text with its length before it. */
  string(): string {
    return decoder.decode(this.bytes());
  }

  /** All that is left; a view, not a copy. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#position);
  }

  /** True when everything was read. */
  isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  #advance(length: number): number {
    const at = this.#position;
    if (at + length > this.#bytes.length) {
      throw new AppError("STORE_CORRUPT", "stored history ends before its time");
    }
    this.#position = at + length;
    return at;
  }
}
