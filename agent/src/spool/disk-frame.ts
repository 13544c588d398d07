/** How anything lies in a file of the spool: length (4 bytes, big-endian), CRC-32, payload. */
import { crc32 } from "node:zlib";

/** One frame that was read. */
export interface DiskFrame {
  readonly payload: Buffer;
  /** Where the next frame begins. */
  readonly end: number;
}

/** The frame of a payload. */
export function diskFrame(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** The frame at an offset; undefined when there is none that is whole and right. */
export function diskFrameAt(bytes: Buffer, offset: number): DiskFrame | undefined {
  if (offset + headerBytes > bytes.length) return undefined;
  const end = offset + headerBytes + bytes.readUInt32BE(offset);
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(offset + headerBytes, end);
  return crc32(payload) === bytes.readUInt32BE(offset + 4) ? { payload, end } : undefined;
}

const headerBytes = 8;
