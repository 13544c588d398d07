/** How messages lie on the socket between the two processes: length as four bytes, big-endian, then the message. */
import { AppError } from "@nodekeeper/shared";

/** The frame of a message. */
export function socketFrame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(message.length, 0);
  return Buffer.concat([header, message]);
}

/** Puts messages together from what arrives. It never holds more than one frame that is not whole. */
export class FrameParser {
  readonly #maximumBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Throws PROTOCOL_TOO_LARGE on a frame of more than this. */
  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** Whether a frame has begun and not ended. */
  get hasPartial(): boolean {
    return this.#bytes > 0;
  }

  /** Takes what arrived and gives back the messages that are whole now. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: Buffer[] = [];
    for (let message = this.#next(); message !== undefined; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): Buffer | undefined {
    if (this.#bytes < headerBytes) return undefined;
    const length = this.#head(headerBytes).readUInt32BE(0);
    if (length > this.#maximumBytes) {
      throw new AppError(
        "PROTOCOL_TOO_LARGE",
        `a frame of ${length} bytes on the spool's socket; at most ${this.#maximumBytes} are taken`,
      );
    }
    const end = headerBytes + length;
    if (this.#bytes < end) return undefined;
    const all = this.#head(end);
    const rest = all.subarray(end);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    return all.subarray(headerBytes, end);
  }

  /** The first chunk, made long enough; joins only when it must, so that a large frame is not copied with every chunk. */
  #head(bytes: number): Buffer {
    let [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length < bytes) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }
}

const headerBytes = 4;
