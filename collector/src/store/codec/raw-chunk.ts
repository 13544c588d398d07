/**
 * The observations of one stream in one hour as one compressed record: a column for each field, and a column of values for each series.
 * Nothing is lost: the rows come back as they were.
 *
 * Form: the layouts in it (chunk-frame.ts); then, compressed, the number of rows, the dictionaries, the columns of fields, and for each
 * shape its columns of values.
 */
import { AppError } from "@nodekeeper/shared";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { openChunkFrame, sealChunkFrame } from "./chunk-frame.ts";
import type { HistoryRow, RowFailure } from "./history-row.ts";
import { readNumberColumn, writeNumberColumn } from "./number-column.ts";
import { type BlockShape, blockOfRows, type SampleBlock } from "./sample-block.ts";

/** A chunk that was read; its columns are decoded when they are asked for. */
export interface RawChunk extends SampleBlock {
  rows(): HistoryRow[];
}

/** Encodes rows, which must be in order and at least one. */
export function encodeRawChunk(rows: readonly HistoryRow[]): Uint8Array {
  const block = blockOfRows(rows);
  const epochs = new Dictionary<string>();
  const hashes = new Dictionary<string>();
  const failures = new Dictionary<string>();
  const columns = [
    block.observedAtMs,
    block.intervalMs,
    block.shapeOfRow,
    // Times as distances to the time before them in this list: those hardly change, the times do.
    Float64Array.from(rows, (row) => row.receivedAtMs - row.observedAtMs),
    Float64Array.from(rows, (row) => row.observedAtUnixMs - row.observedAtMs),
    Float64Array.from(rows, (row) => row.uptimeMs - row.observedAtUnixMs),
    Float64Array.from(rows, (row) => (row.isFromEarlierBoot ? 1 : 0)),
    Float64Array.from(rows, (row) => row.durationMs),
    Float64Array.from(rows, (row) => row.outcome),
    Float64Array.from(rows, (row) => row.sequence),
    Float64Array.from(rows, (row) => epochs.indexOf(row.epoch)),
    Float64Array.from(rows, (row) => hashes.indexOf(row.factsHash)),
    Float64Array.from(rows, (row) => failures.indexOf(wordsOfFailure(row.failure))),
  ];

  const body = new ByteWriter();
  body.varint(rows.length);
  body.varint(block.shapes.length);
  for (const shape of block.shapes) {
    body.varint(shape.layoutId);
    body.varint(shape.valueCount);
  }
  for (const dictionary of [epochs, hashes, failures]) writeStrings(body, dictionary.entries());
  for (const column of columns) writeColumn(body, column);
  for (const [shape, { valueCount }] of block.shapes.entries()) {
    for (let position = 0; position < valueCount; position += 1) writeColumn(body, block.column(shape, position));
  }
  return sealChunkFrame(new Set(block.shapes.map((shape) => shape.layoutId)), body.written());
}

/** Reads a chunk. */
export function decodeRawChunk(bytes: Uint8Array): RawChunk {
  const body = new ByteReader(openChunkFrame(bytes));
  const rowCount = body.varint();
  const shapes: BlockShape[] = [];
  for (let left = body.varint(); left > 0; left -= 1) shapes.push({ layoutId: body.varint(), valueCount: body.varint() });
  const epochs = readStrings(body);
  const hashes = readStrings(body);
  const failures = readStrings(body);
  const column = (): Float64Array => readNumberColumn(new ByteReader(body.bytes()), rowCount);
  const [observedAtMs, intervalMs, shapeOfRow] = [column(), column(), column()];
  const fields = {
    ...{ receivedAfterMs: column(), unixAheadMs: column(), uptimeAheadMs: column(), isFromEarlierBoot: column() },
    ...{ durationMs: column(), outcome: column(), sequence: column(), epoch: column(), hash: column(), failure: column() },
  };
  const encoded = shapes.map((shape) => Array.from({ length: shape.valueCount }, () => body.bytes()));
  const rowsOfShape = shapes.map((_, shape) => shapeOfRow.reduce((count, of) => (of === shape ? count + 1 : count), 0));

  function valuesOf(shape: number, position: number): Float64Array {
    const bytesOfColumn = encoded[shape]?.[position];
    if (bytesOfColumn === undefined) throw new AppError("INTERNAL", "a chunk was asked for a column that it does not have");
    return readNumberColumn(new ByteReader(bytesOfColumn), rowsOfShape[shape] ?? 0);
  }

  function rows(): HistoryRow[] {
    const series = shapes.map((shape, index) =>
      Array.from({ length: shape.valueCount }, (_, position) => valuesOf(index, position)),
    );
    const nextOfShape = shapes.map(() => 0);
    return Array.from({ length: rowCount }, (_, index) => {
      const shape = at(shapeOfRow, index);
      const next = nextOfShape[shape] ?? 0;
      nextOfShape[shape] = next + 1;
      const observedAtUnixMs = at(observedAtMs, index) + at(fields.unixAheadMs, index);
      return {
        epoch: epochs[at(fields.epoch, index)] ?? "",
        sequence: at(fields.sequence, index),
        observedAtMs: at(observedAtMs, index),
        receivedAtMs: at(observedAtMs, index) + at(fields.receivedAfterMs, index),
        observedAtUnixMs,
        uptimeMs: observedAtUnixMs + at(fields.uptimeAheadMs, index),
        isFromEarlierBoot: at(fields.isFromEarlierBoot, index) === 1,
        intervalMs: at(intervalMs, index),
        durationMs: at(fields.durationMs, index),
        outcome: at(fields.outcome, index),
        failure: failureOfWords(failures[at(fields.failure, index)] ?? ""),
        factsHash: hashes[at(fields.hash, index)] ?? "",
        layoutId: shapes[shape]?.layoutId ?? 0,
        values: Float64Array.from(series[shape] ?? [], (values) => at(values, next)),
      };
    });
  }

  return { observedAtMs, intervalMs, shapes, shapeOfRow, column: valuesOf, rows };
}

/** Distinct words in the order in which they were met. */
class Dictionary<Word extends string> {
  readonly #indexes = new Map<Word, number>();

  indexOf(word: Word): number {
    const known = this.#indexes.get(word);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(word, index);
    return index;
  }

  entries(): readonly Word[] {
    return [...this.#indexes.keys()];
  }
}

/** Empty for none; a code has no NUL in it. */
function wordsOfFailure(failure: RowFailure | undefined): string {
  return failure === undefined ? "" : `${failure.code}\0${failure.message}`;
}

function failureOfWords(words: string): RowFailure | undefined {
  const end = words.indexOf("\0");
  return end < 0 ? undefined : { code: words.slice(0, end), message: words.slice(end + 1) };
}

function writeColumn(writer: ByteWriter, values: Float64Array): void {
  const column = new ByteWriter();
  writeNumberColumn(column, values);
  writer.bytes(column.written());
}

function writeStrings(writer: ByteWriter, strings: readonly string[]): void {
  writer.varint(strings.length);
  for (const string of strings) writer.string(string);
}

function readStrings(reader: ByteReader): readonly string[] {
  return Array.from({ length: reader.varint() }, () => reader.string());
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
