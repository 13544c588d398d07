/**
 * Roll-ups of one stream over one unit of time (a day of five minutes, five days of hours) as one compressed record.
 *
 * Form: the layout (chunk-frame.ts); then, compressed, the times at which any series has a point, and for each series of the layout four
 * columns: weight (NaN where the series has no point at that time), and for the points with a weight average, minimum and maximum.
 */
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { layoutsOfChunk, openChunkFrame, sealChunkFrame } from "./chunk-frame.ts";
import { readNumberColumn, writeNumberColumn } from "./number-column.ts";

/** Points of a series in order of time; the arrays run in parallel. */
export interface RollUpSeries {
  /** Start of the bucket, ms since 1970. */
  readonly atMs: readonly number[];
  /** How much is behind a point: known values of a gauge, milliseconds covered by a rate. 0: observed, but unknown. */
  readonly weight: readonly number[];
  /** NaN where the weight is 0; so are minimum and maximum. */
  readonly average: readonly number[];
  readonly minimum: readonly number[];
  readonly maximum: readonly number[];
}

/** A chunk: the series of a layout, in its order. */
export interface RollUpChunk {
  readonly layoutId: number;
  readonly series: readonly RollUpSeries[];
}

/** Encodes a chunk. Averages are rounded to 24 bits, which leaves them seven digits and makes them half as long. */
export function encodeRollUpChunk(chunk: RollUpChunk): Uint8Array {
  const times = [...new Set(chunk.series.flatMap((series) => series.atMs))].sort((left, right) => left - right);
  const indexOfTime = new Map(times.map((time, index) => [time, index]));
  const body = new ByteWriter();
  body.varint(times.length);
  writeNumberColumn(body, Float64Array.from(times));
  body.varint(chunk.series.length);
  for (const series of chunk.series) {
    const weights = new Float64Array(times.length).fill(Number.NaN);
    for (const [index, time] of series.atMs.entries()) weights[indexOfTime.get(time) ?? 0] = series.weight[index] ?? 0;
    const isKnown = (_: number, index: number): boolean => (series.weight[index] ?? 0) > 0;
    writeNumberColumn(body, weights);
    writeNumberColumn(body, Float64Array.from(series.average.map((_, index) => roundedAverage(series, index)).filter(isKnown)));
    writeNumberColumn(body, Float64Array.from(series.minimum.filter(isKnown)));
    writeNumberColumn(body, Float64Array.from(series.maximum.filter(isKnown)));
  }
  return sealChunkFrame(new Set([chunk.layoutId]), body.written());
}

/** Stays between minimum and maximum. */
function roundedAverage({ average, minimum, maximum }: RollUpSeries, index: number): number {
  const [mean = Number.NaN, lowest = mean, highest = mean] = [average[index], minimum[index], maximum[index]];
  const rounded = Math.fround(mean);
  return Number.isFinite(rounded) ? Math.min(highest, Math.max(lowest, rounded)) : mean;
}

/** Reads a chunk. */
export function decodeRollUpChunk(bytes: Uint8Array): RollUpChunk {
  const body = new ByteReader(openChunkFrame(bytes));
  const times = readNumberColumn(body, body.varint());
  const series = Array.from({ length: body.varint() }, () => readSeries(body, times));
  return { layoutId: layoutsOfChunk(bytes)[0] ?? 0, series };
}

function readSeries(body: ByteReader, times: Float64Array): RollUpSeries {
  const weights = readNumberColumn(body, times.length);
  const knownCount = weights.reduce((count, weight) => (weight > 0 ? count + 1 : count), 0);
  const columns = [0, 1, 2].map(() => readNumberColumn(body, knownCount));
  const read = {
    atMs: [] as number[],
    weight: [] as number[],
    average: [] as number[],
    minimum: [] as number[],
    maximum: [] as number[],
  };
  let next = 0;
  for (const [index, weight] of weights.entries()) {
    if (Number.isNaN(weight)) continue;
    const known = weight > 0 ? next : undefined;
    if (weight > 0) next += 1;
    const value = (column: Float64Array | undefined): number =>
      known === undefined ? Number.NaN : (column?.[known] ?? Number.NaN);
    read.atMs.push(times[index] ?? 0);
    read.weight.push(weight);
    read.average.push(value(columns[0]));
    read.minimum.push(value(columns[1]));
    read.maximum.push(value(columns[2]));
  }
  return read;
}
