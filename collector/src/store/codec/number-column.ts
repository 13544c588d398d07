/**
 * A column of doubles, bit for bit (every NaN is the same unknown), in a form that compresses well. Most of what machines measure is integers or numbers with up to three
 * decimals that change little from one reading to the next: these are written as differences, byte plane by byte plane, so that the
 * compressor behind sees long runs. All else is written as XOR with the number before. NaN (unknown) is kept apart, by position.
 *
 * Form: a byte that says how; where there are unknowns, a bitmap of them; then the known numbers:
 *   constant  the double
 *   scaled    the first integer, zigzag; the width of the differences in bytes; their planes, lowest byte first
 *   xor       eight planes, lowest byte first, as in memory: little-endian machines only, and nodekeeper runs on no others
 */
import { AppError } from "@nodekeeper/shared";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const constantForm = 0;
/** Scaled by 10^0 … 10^3: forms 1 … 4. */
const scaledForm = 1;
const scales = [1, 10, 100, 1000];
const xorForm = 5;
/** Added to the form. */
const hasUnknowns = 8;
/** Below it, the zigzag of a difference of two stays an exact integer. */
const scaledLimit = 2 ** 51;

/** Writes a column. The reader must know how many numbers it has. */
export function writeNumberColumn(writer: ByteWriter, values: Float64Array): void {
  const known = values.filter((value) => !Number.isNaN(value));
  const unknownFlag = known.length < values.length ? hasUnknowns : 0;
  const scaled = scale(known);
  const form = isConstant(known) ? constantForm : scaled === undefined ? xorForm : scaledForm + scaled.index;
  writer.byte(form + unknownFlag);
  if (unknownFlag !== 0) writeBitmap(writer, values);
  if (form === constantForm) writer.float64(known[0] ?? 0);
  else if (scaled === undefined) writeXor(writer, known);
  else writeDifferences(writer, scaled.integers);
}

/** Reads a column of so many numbers. */
export function readNumberColumn(reader: ByteReader, count: number): Float64Array {
  const head = reader.byte();
  const isUnknown = head >= hasUnknowns ? reader.raw(Math.ceil(count / 8)) : undefined;
  const knownCount = isUnknown === undefined ? count : count - countBits(isUnknown);
  const known = readKnown(reader, head % hasUnknowns, knownCount);
  if (isUnknown === undefined) return known;
  const values = new Float64Array(count);
  let next = 0;
  for (let index = 0; index < count; index += 1) {
    const isHole = (((isUnknown[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
    values[index] = isHole ? Number.NaN : (known[next] ?? 0);
    if (!isHole) next += 1;
  }
  return values;
}

function readKnown(reader: ByteReader, form: number, count: number): Float64Array {
  if (form === constantForm) return new Float64Array(count).fill(reader.float64());
  if (form === xorForm) return readXor(reader, count);
  const factor = scales[form - scaledForm];
  if (factor === undefined) throw new AppError("STORE_CORRUPT", "a column of stored history has an unknown form");
  return readDifferences(reader, count, factor);
}

function isConstant(values: Float64Array): boolean {
  const first = values[0];
  return values.every((value) => Object.is(value, first));
}

/** The values as integers over the smallest power of ten that gives each of them back bit for bit. */
function scale(values: Float64Array): { readonly index: number; readonly integers: Float64Array } | undefined {
  const integers = new Float64Array(values.length);
  for (const [index, factor] of scales.entries()) {
    let position = 0;
    for (; position < values.length; position += 1) {
      const value = values[position] ?? 0;
      const integer = Math.round(value * factor) + 0; // + 0: minus zero is no integer here, and goes by XOR
      if (Math.abs(integer) >= scaledLimit || !Object.is(integer / factor, value)) break;
      integers[position] = integer;
    }
    if (position === values.length) return { index, integers };
  }
  return undefined;
}

function writeDifferences(writer: ByteWriter, integers: Float64Array): void {
  const first = integers[0] ?? 0;
  const differences = new Float64Array(integers.length - 1);
  let before = first;
  let largest = 0;
  for (let index = 1; index < integers.length; index += 1) {
    const integer = integers[index] ?? 0;
    const difference = zigzag(integer - before);
    differences[index - 1] = difference;
    if (difference > largest) largest = difference;
    before = integer;
  }
  let width = 1;
  while (largest >= 256 ** width) width += 1;
  writer.varint(zigzag(first));
  writer.byte(width);
  for (let plane = 0; plane < width; plane += 1) {
    const bytes = writer.take(differences.length);
    const divisor = 256 ** plane;
    for (let index = 0; index < differences.length; index += 1)
      bytes[index] = Math.floor((differences[index] ?? 0) / divisor) % 256;
  }
}

function readDifferences(reader: ByteReader, count: number, factor: number): Float64Array {
  const values = new Float64Array(count);
  let integer = unzigzag(reader.varint());
  const width = reader.byte();
  const planes = reader.raw(width * (count - 1));
  values[0] = integer / factor;
  for (let index = 1; index < count; index += 1) {
    let difference = 0;
    for (let plane = width - 1; plane >= 0; plane -= 1) {
      difference = difference * 256 + (planes[plane * (count - 1) + index - 1] ?? 0);
    }
    integer += unzigzag(difference);
    values[index] = integer / factor;
  }
  return values;
}

function writeXor(writer: ByteWriter, values: Float64Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const planes = writer.take(values.length * 8);
  for (let index = 0; index < values.length; index += 1) {
    for (let half = 0; half < 2; half += 1) {
      const at = index * 2 + half;
      const changed = (words[at] ?? 0) ^ (index === 0 ? 0 : (words[at - 2] ?? 0));
      for (let byte = 0; byte < 4; byte += 1) planes[(half * 4 + byte) * values.length + index] = changed >>> (8 * byte);
    }
  }
}

function readXor(reader: ByteReader, count: number): Float64Array {
  const planes = reader.raw(count * 8);
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  for (let index = 0; index < count; index += 1) {
    for (let half = 0; half < 2; half += 1) {
      const at = index * 2 + half;
      let changed = 0;
      for (let byte = 0; byte < 4; byte += 1) changed |= (planes[(half * 4 + byte) * count + index] ?? 0) << (8 * byte);
      words[at] = changed ^ (index === 0 ? 0 : (words[at - 2] ?? 0));
    }
  }
  return values;
}

function writeBitmap(writer: ByteWriter, values: Float64Array): void {
  const bitmap = writer.take(Math.ceil(values.length / 8));
  bitmap.fill(0);
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  }
}

function countBits(bitmap: Uint8Array): number {
  let count = 0;
  for (const byte of bitmap) for (let rest = byte; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}

function zigzag(integer: number): number {
  return integer < 0 ? -2 * integer - 1 : 2 * integer;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
