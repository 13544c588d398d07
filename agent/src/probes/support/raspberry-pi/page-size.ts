/** The size of the kernel's pages, from the auxiliary vector of a process (getauxval(3), linux/auxvec.h). */

/** Pairs of words, each byte one character; the machine is little-endian. Undefined where the vector does not say it. */
export function pageSizeOf(vector: string): number | undefined {
  const bytes = Buffer.from(vector, "latin1");
  return pageSizeIn(bytes, 8) ?? pageSizeIn(bytes, 4); // a program of 64 or of 32 bits
}

const pageSizeKey = 6;
const leastPageBytes = 4096;
const largestPageBytes = 65536;

function pageSizeIn(bytes: Buffer, wordBytes: 4 | 8): number | undefined {
  for (let at = 0; at + 2 * wordBytes <= bytes.length; at += 2 * wordBytes) {
    const [key, value] = [wordAt(bytes, at, wordBytes), wordAt(bytes, at + wordBytes, wordBytes)];
    const isPower = value >= leastPageBytes && value <= largestPageBytes && (value & (value - 1)) === 0;
    if (key === pageSizeKey) return isPower ? value : undefined;
  }
  return undefined;
}

/** Keys and sizes of pages are small: a word with more in its upper half is neither. */
function wordAt(bytes: Buffer, at: number, wordBytes: 4 | 8): number {
  if (wordBytes === 4) return bytes.readUInt32LE(at);
  return bytes.readUInt32LE(at + 4) === 0 ? bytes.readUInt32LE(at) : -1;
}
