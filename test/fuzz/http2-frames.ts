/** HTTP/2 (RFC 9113) as bytes, so that a test can say what no library would. */

/** What a client says first. */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Frame types of RFC 9113, section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags that this page needs. */
export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4 } as const;

/** A frame with its nine bytes of head. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Types and streams of the whole frames at the beginning of some bytes. */
export function framesIn(bytes: Buffer): readonly { readonly type: number; readonly stream: number }[] {
  const found: { type: number; stream: number }[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3))
    found.push({ type: bytes.readUInt8(at + 3), stream: bytes.readUInt32BE(at + 5) });
  return found;
}

/** SETTINGS with values by their numbers. */
export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const payload = Buffer.alloc(Object.keys(values).length * 6);
  for (const [index, [id, value]] of Object.entries(values).entries()) {
    payload.writeUInt16BE(Number(id), index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(frameType.settings, 0, 0, payload);
}

/** A 32-bit number, as RST_STREAM and WINDOW_UPDATE carry it. */
export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Header fields in HPACK (RFC 7541), as literals that no table remembers. Names and values of up to 126 bytes. */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), shortString(name), shortString(value)]),
  );
}

/** What opens a call of a gRPC method. */
export function callHeaders(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return headerBlock({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  });
}

/** A gRPC message: a flag for compression, its length, itself. */
export function grpcMessage(bytes: Uint8Array, length: number = bytes.length, compressed = 0): Buffer {
  return Buffer.concat([Buffer.from([compressed]), number32(length), bytes]);
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 126) throw new Error(`${text.slice(0, 20)}… is too long for this page`);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
