/**
 * The revision code of a Raspberry Pi: what the board is, as its maker wrote it into the chip. Source: "Raspberry Pi revision codes" of the
 * maker's documentation (NOQuuuWuFMMMCCCCPPPPTTTTTTTTRRRR). Codes of boards before the Pi 2 are plain numbers and tell nothing here.
 */

/** What a code says. */
export interface RevisionCode {
  /** Hexadecimal digits without leading zeros, e.g. d04170. */
  readonly digits: string;
  /** Memory of the board; undefined where the code does not say it. */
  readonly memoryBytes: number | undefined;
  /** Number of the model, e.g. 0x17 for a Pi 5; undefined for a code of the old style. */
  readonly type: number | undefined;
}

/** The code as it stands in the device tree: four bytes, the greatest first, each one character. Undefined where there are not four. */
export function revisionOfBytes(bytes: string): RevisionCode | undefined {
  const code = bigEndianNumber(bytes);
  return code === undefined || code === 0 ? undefined : decode(code);
}

/** The code as /proc/cpuinfo has it, in digits. Undefined where it has none. */
export function revisionInCpuinfo(text: string): RevisionCode | undefined {
  const digits = /^Revision[ \t]*:[ \t]*([0-9a-f]{4,8})[ \t]*$/m.exec(text)?.[1];
  const code = Number.parseInt(digits ?? "0", 16);
  return code === 0 ? undefined : decode(code);
}

/** A number of four bytes of the device tree. */
export function bigEndianNumber(bytes: string): number | undefined {
  return bytes.length === 4 ? Buffer.from(bytes, "latin1").readUInt32BE() : undefined;
}

/** Set where the other bits have a meaning. */
const newStyle = 1 << 23;
const leastMemoryBytes = 256 * 2 ** 20;
/** 7 is not given to any memory. */
const largestMemory = 6;

function decode(code: number): RevisionCode {
  const digits = code.toString(16);
  if ((code & newStyle) === 0) return { digits, memoryBytes: undefined, type: undefined };
  const memory = (code >>> 20) & 0b111;
  const memoryBytes = memory <= largestMemory ? leastMemoryBytes * 2 ** memory : undefined;
  return { digits, memoryBytes, type: (code >>> 4) & 0xff };
}
