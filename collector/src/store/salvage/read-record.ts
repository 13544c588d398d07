/** Decodes one stored row of SQLite. */

/** A value of a column. */
export type SqlValue = number | string | Uint8Array | null;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The values; undefined where the bytes are no record that ours could be. */
export function readRecord(payload: Uint8Array): readonly SqlValue[] | undefined {
  const header = readVarint(payload, 0);
  if (header === undefined || header.value > payload.length || header.value < header.end) return undefined;
  const values: SqlValue[] = [];
  let body = header.value;
  for (let at = header.end; at < header.value; ) {
    const type = readVarint(payload, at);
    if (type === undefined) return undefined;
    const bytes = bytesOfType(type.value);
    if (bytes === undefined || body + bytes > payload.length) return undefined;
    const value = readValue(payload.subarray(body, body + bytes), type.value);
    if (value === undefined) return undefined;
    values.push(value);
    body += bytes;
    at = type.end;
  }
  return body === payload.length ? values : undefined;
}

/** A number of SQLite's variable length, and where it ends; undefined where it runs out of the bytes or is beyond 2^53. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    const isLast = index === 8 || byte < 128;
    value = index === 8 ? value * 256 + byte : value * 128 + (byte & 127);
    if (isLast) return Number.isSafeInteger(value) ? { value, end: at + index + 1 } : undefined;
  }
  return undefined;
}

function bytesOfType(type: number): number | undefined {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type];
}

function readValue(bytes: Uint8Array, type: number): SqlValue | undefined {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return undefined; // We store no fractions.
  if (type < 7) return readInteger(bytes);
  if (type % 2 === 0) return bytes.slice();
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function readInteger(bytes: Uint8Array): number | undefined {
  let value = BigInt.asIntN(8, BigInt(bytes[0] ?? 0));
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
