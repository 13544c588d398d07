/** Writes numbers, words and bytes one after another into one growing array. The counterpart of byte-reader.ts. */

const initialBytes = 4096;
const encoder = new TextEncoder();

/** Grows as it is written to. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(initialBytes);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  /** One byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** An integer from 0 to 2^53 - 1; small ones take few bytes. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    // Bit operations see 32 bits only: the part above them goes by division.
    while (rest >= 0x8000_0000) {
      this.#bytes[this.#length] = (rest % 128) | 128;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length] = (rest & 127) | 128;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** A double, bit by bit. */
  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Bytes as they are; their number must be known to the reader. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** Bytes with their number before them. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Text as UTF-8, with its length before it. */
  string(value: string): void {
    this.bytes(encoder.encode(value));
  }

  /** Takes `length` bytes of room and gives them to be filled in before the next call. */
  take(length: number): Uint8Array {
    this.#reserve(length);
    const taken = this.#bytes.subarray(this.#length, this.#length + length);
    this.#length += length;
    return taken;
  }

  /** What was written; good until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
