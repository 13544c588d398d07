/** Some observations of one stream in order of time, seen as columns: what history and roll-ups read. */
import type { HistoryRow } from "./history-row.ts";

/** Rows whose values mean the same. */
export interface BlockShape {
  readonly layoutId: number;
  /** Number of values of each such row. */
  readonly valueCount: number;
}

/** Columns; a chunk decodes only those that are asked for. */
export interface SampleBlock {
  readonly observedAtMs: Float64Array;
  readonly intervalMs: Float64Array;
  readonly shapes: readonly BlockShape[];
  /** For each row the index of its shape. */
  readonly shapeOfRow: Float64Array;
  /** The values at a position of the layout, one for each row of the shape, in order. */
  column(shape: number, position: number): Float64Array;
}

/** Rows, which must be in order, as a block. */
export function blockOfRows(rows: readonly HistoryRow[]): SampleBlock {
  const shapes: BlockShape[] = [];
  const rowsOfShape: HistoryRow[][] = [];
  const shapeOfRow = new Float64Array(rows.length);
  for (const [index, row] of rows.entries()) {
    const { layoutId } = row;
    const valueCount = row.values.length;
    let shape = shapes.findIndex((known) => known.layoutId === layoutId && known.valueCount === valueCount);
    if (shape < 0) {
      shape = shapes.push({ layoutId, valueCount }) - 1;
      rowsOfShape.push([]);
    }
    shapeOfRow[index] = shape;
    rowsOfShape[shape]?.push(row);
  }
  return {
    observedAtMs: Float64Array.from(rows, (row) => row.observedAtMs),
    intervalMs: Float64Array.from(rows, (row) => row.intervalMs),
    shapes,
    shapeOfRow,
    column: (shape, position) => Float64Array.from(rowsOfShape[shape] ?? [], (row) => row.values[position] ?? Number.NaN),
  };
}
